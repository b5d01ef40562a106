import { danger, warning, type CatalogueEntry } from './entry.js';

/** What can be found of a manifest, beside what is found on a running Redis. */
export const MANIFEST = {
  MANIFEST_NOT_KEPT: danger(
    'Redis’ data folder is not on a volume that outlives the pod: a restart loses every session.',
    'Mount a persistent volume at the data folder.',
  ),
  MANIFEST_SERVICE_MISSING: warning(
    'The StatefulSet names a headless Service that is not here: its pods get no names of their own, and no replica can find its primary.',
    'Add a Service with clusterIP: None under that name.',
  ),
  MANIFEST_EXPOSED: danger(
    'Redis is reachable from outside the cluster or machine.',
    'Use a ClusterIP Service, and no host port but on 127.0.0.1.',
  ),
  MANIFEST_PASSWORD_IN_ARGUMENTS: warning(
    'The password stands in the command line, where every process list on its machine shows it.',
    'Put it into a configuration file made from a Secret, or use aclfile.',
  ),
  MANIFEST_PASSWORD_IN_CLEAR: danger(
    'The password is written out in the manifest.',
    'Take it from a Secret that is not in version control, and change it.',
  ),
  MANIFEST_MEMORY_TIGHT: warning(
    'maxmemory leaves too little below the container’s limit: saving copies pages, and the system then ends Redis.',
    'Keep maxmemory at two thirds of the memory limit or less.',
  ),
  MANIFEST_MEMORY_UNBOUNDED: warning(
    'The container has a memory limit and Redis has none: it is killed instead of refusing writes.',
    'Set maxmemory to about two thirds of the limit.',
  ),
  MANIFEST_NO_PROBES: warning(
    'Nothing tells whether Redis answers before clients are sent to it.',
    'Add readiness and liveness probes that run redis-cli ping.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
