/** The pod template of whatever starts pods, else `undefined`. */
export function podTemplateOf({ kind, spec }) {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return spec.template;
    case 'CronJob':
      return spec.jobTemplate.spec.template;
    default:
      return undefined;
  }
}

/** The same, without metadata. */
export function podSpecOf(resource) {
  return podTemplateOf(resource)?.spec;
}

/** Everything in it that runs. */
export function containersOf(resource) {
  const pod = podSpecOf(resource);
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** How a person calls it: `Deployment auth-service`. */
export function labelOf({ kind, metadata }) {
  return `${kind} ${metadata?.name}`;
}

/** Whether a label selector takes these labels. */
export function selects({ matchLabels = {}, matchExpressions = [] } = {}, labels = {}) {
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      switch (operator) {
        case 'In':
          return values.includes(labels[key]);
        case 'NotIn':
          return !values.includes(labels[key]);
        case 'Exists':
          return key in labels;
        case 'DoesNotExist':
          return !(key in labels);
        default:
          throw new Error(`no selector has the operator ${operator}`);
      }
    })
  );
}

/** Which of our services a container runs, by its image: `auth`, `orders`, `gateway`, or none. */
export function serviceOf({ image }) {
  return /(?:^|\/)gatehouse\/(auth|orders|gateway)(?:[:@]|$)/.exec(image)?.[1];
}
