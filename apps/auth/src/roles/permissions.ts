/**
 * What administration is divided into. `admin:<area>` lets its holder see and change the area, `admin:<area>:read` only see it.
 */
export const ADMIN_AREAS = [
  'users',
  'sessions',
  'revocations',
  'roles',
  'policies',
  'keys',
  'audit',
  'analytics',
  'service-accounts',
  'validators',
  'impersonation',
] as const;
export type AdminArea = (typeof ADMIN_AREAS)[number];

export type AdminPermission = `admin:${AdminArea}`;

/** The role that has every permission of administration; nothing takes one from it. */
export const ADMIN_ROLE = 'admin';

const ADMIN_PERMISSIONS: readonly AdminPermission[] = ADMIN_AREAS.map((area) => `admin:${area}` as const);

/** A permission is one scope (RFC 6749 §3.3): lower-case words, parted by colons. At most 64 characters. */
export const PERMISSION_PATTERN = /^(?=.{1,64}$)[a-z][a-z0-9_.-]*(:[a-z0-9_.-]+){0,3}$/;

/** Lower-case, at most 32 characters: it stands in every token. */
export const ROLE_NAME_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/;

/** Permissions of one role: few enough to travel in every request. */
export const MAX_PERMISSIONS = 50;

export interface Role {
  readonly name: string;
  readonly permissions: readonly string[];
  /** Came with the service: it cannot be removed. */
  readonly isBuiltIn: boolean;
  readonly updatedAtMs: number;
}

/** What somebody with these roles may do, sorted, each once. Roles nobody has defined give nothing. */
export function permissionsOf(roles: readonly string[], defined: readonly Role[]): string[] {
  const given = defined.filter(({ name }) => roles.includes(name)).flatMap(({ permissions }) => permissions);
  // In code and not in the table: an area that a later version brings belongs to administrators at once.
  return [...new Set(roles.includes(ADMIN_ROLE) ? [...given, ...ADMIN_PERMISSIONS] : given)].sort();
}

/** The permissions of one role as it acts, the fixed ones of administrators included. */
export function effectivePermissions(role: Role): string[] {
  return permissionsOf([role.name], [role]);
}

/** Whether holding `held` includes `wanted`: `admin:users` includes `admin:users:read`. */
export function includesPermission(held: readonly string[], wanted: string): boolean {
  return held.includes(wanted) || (wanted.endsWith(':read') && held.includes(wanted.slice(0, -':read'.length)));
}

/** Whether somebody with these permissions has a part in administration. */
export function isPrivileged(permissions: readonly string[]): boolean {
  return permissions.some((permission) => permission.startsWith('admin:'));
}
