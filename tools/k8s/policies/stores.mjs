import { containersOf, labelOf, podTemplateOf } from '../pods.mjs';

/** What MySQL must be told for nothing acknowledged to be lost: `name = value` in its file. */
const DURABLE = [
  [/^innodb_flush_log_at_trx_commit\s*=\s*1$/m, 'acknowledges what is not on disk (innodb_flush_log_at_trx_commit)'],
  [/^sync_binlog\s*=\s*1$/m, 'acknowledges what is not in the binlog on disk (sync_binlog)'],
];

/** That MySQL keeps what it has acknowledged, and every change since the last dump on a volume. What Redis must be, the doctor says. */
export function storeFaults(resources) {
  const files = resources.filter(({ kind, data }) => kind === 'ConfigMap' && data['my.cnf']);
  return files.flatMap(({ metadata, data }) => {
    const file = data['my.cnf'];
    const server = resources.find((one) => podTemplateOf(one) && names(one, metadata.name));
    if (!server) return [`ConfigMap ${metadata.name}: is given to no server`];
    const [, binlogs] = /^log_bin\s*=\s*(\/\S+)\/[^/\s]+$/m.exec(file) ?? [];
    const claimed = new Set((server.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name));
    const kept = containersOf(server)
      .flatMap(({ volumeMounts = [] }) => volumeMounts)
      .filter(({ name }) => claimed.has(name));
    return [
      ...DURABLE.filter(([setting]) => !setting.test(file)).map(([, fault]) => fault),
      ...(kept.some(({ mountPath }) => mountPath === binlogs)
        ? []
        : ['keeps no changes since the last dump (log_bin, on a volume)']),
    ].map((fault) => `${labelOf(server)}: ${fault}`);
  });
}

const names = (resource, configMap) =>
  (podTemplateOf(resource).spec.volumes ?? []).some((volume) => volume.configMap?.name === configMap);
