import { labelOf, podSpecOf, podTemplateOf, selects } from '../pods.mjs';

/** That losing a node, draining one and replacing a version take no service away, and that there are as many pods as it takes. */
export function availabilityFaults(resources) {
  const of = (kind) => resources.filter((one) => one.kind === kind);
  const budgets = of('PodDisruptionBudget');
  const autoscalers = of('HorizontalPodAutoscaler');
  const serving = [...of('Deployment'), ...of('StatefulSet')];
  return serving.flatMap((workload) => {
    const labels = podTemplateOf(workload).metadata.labels;
    const scaled = autoscalers.some(
      ({ spec: { scaleTargetRef: target } }) => target.kind === workload.kind && target.name === workload.metadata.name,
    );
    return [
      !budgets.some(({ spec }) => selects(spec.selector, labels)) &&
        'may lose all its pods when nodes are drained (PodDisruptionBudget)',
      workload.kind === 'Deployment' &&
        !scaled &&
        workload.spec.replicas === undefined &&
        'has one pod, and nothing that adds another (HorizontalPodAutoscaler)',
      (scaled || workload.spec.replicas > 1) &&
        !isSpread(podSpecOf(workload), labels) &&
        'may have all its pods on one node (topologySpreadConstraints)',
      workload.kind === 'Deployment' &&
        workload.spec.strategy?.rollingUpdate?.maxUnavailable !== 0 &&
        'has fewer pods while they are replaced (maxUnavailable)',
    ]
      .filter(Boolean)
      .map((fault) => `${labelOf(workload)}: ${fault}`);
  });
}

function isSpread({ topologySpreadConstraints: constraints = [] }, labels) {
  return constraints.some(
    ({ topologyKey, labelSelector }) => topologyKey === 'kubernetes.io/hostname' && selects(labelSelector, labels),
  );
}
