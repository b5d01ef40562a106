import { OWN_PATHS, OWN_PREFIX } from '../routes/route-conflicts.js';

/** Whether the gateway itself answers this canonical path. No route takes it, whatever its pattern says. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(`/${OWN_PREFIX}/`) || path === `/${OWN_PREFIX}` || OWN_PATHS.includes(path);
}
