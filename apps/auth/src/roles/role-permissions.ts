import { permissionsOf } from './permissions.js';
import type { RightsStore } from './rights-store.port.js';

/** What roles come to. Asked of the database each time: a sign-in must not hand out what was taken away a moment ago. */
export class RolePermissions {
  constructor(private readonly store: Pick<RightsStore, 'roles'>) {}

  /** @throws {DatabaseUnavailable} */
  async of(roles: readonly string[]): Promise<string[]> {
    return permissionsOf(roles, await this.store.roles());
  }

  /**
   * The `scope` of a token (RFC 6749 §3.3).
   *
   * @throws {DatabaseUnavailable}
   */
  async scopeOf(roles: readonly string[]): Promise<string> {
    return (await this.of(roles)).join(' ');
  }
}
