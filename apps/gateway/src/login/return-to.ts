import { isOwnPath } from '../front/own-paths.js';
import { canonicalPath, type PathRules } from '../paths/canonical-path.js';
import type { RouteTable } from '../routes/route.js';

const MAX_LENGTH = 2_048;

/**
 * Where a browser may be sent once it is signed in: a path of this site that a route serves, with its query. Whatever names
 * another place, or could be read as one (`//evil`, `/\evil`, encoded or not), is no such path (RFC 9700 §4.11).
 *
 * @returns the path to go to, in its one spelling; `undefined` where there is none to trust.
 */
export function returnPath(wish: string | undefined, table: RouteTable, rules: PathRules = {}): string | undefined {
  // An absolute address of our own is refused as well: nobody needs it, and comparing addresses is how redirectors open.
  if (wish === undefined || wish.length > MAX_LENGTH || !wish.startsWith('/')) return undefined;
  const target = canonicalPath(wish, rules);
  if (target.kind === 'refused' || isOwnPath(target.path)) return undefined;
  return table.match('GET', target.path).kind === 'matched' ? target.path + target.query : undefined;
}
