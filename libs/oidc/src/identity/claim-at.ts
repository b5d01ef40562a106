import { isJsonObject, own, type JsonObject } from '../provider/strict-json.js';

/**
 * A claim by its name, in which dots lead into objects (`realm_access.roles`). A claim with just that name comes first, since
 * some providers have addresses for names (`https://example.com/roles`).
 */
export function claimAt(claims: JsonObject, name: string): unknown {
  const whole = own(claims, name);
  if (whole !== undefined) return whole;
  let at: unknown = claims;
  for (const step of name.split('.')) at = isJsonObject(at) ? own(at, step) : undefined;
  return at;
}
