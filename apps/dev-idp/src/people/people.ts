import { createHash } from 'node:crypto';
import { HOME_TENANT, OTHER_TENANT } from '../config/dev-idp.config.js';

/** Somebody who can be chosen on the sign-in page. */
export interface DevPerson {
  /** Short name, also taken by the `person` parameter of an authorization request. */
  readonly handle: string;
  readonly name: string;
  /** What the page says about them. */
  readonly about: string;
  readonly objectId: string;
  readonly tenantId: string;
  readonly username: string;
  readonly email: string;
  readonly roles: readonly string[];
}

/** Ready to sign in, without a password. */
export const people: readonly DevPerson[] = [
  {
    handle: 'ada',
    name: 'Ada Admin',
    about: 'App roles Gateway.Admin and Orders.Read',
    objectId: '0d6c1f7e-0000-4000-8000-0000000000a1',
    tenantId: HOME_TENANT,
    username: 'ada@contoso.example',
    email: 'ada@contoso.example',
    roles: ['Gateway.Admin', 'Orders.Read'],
  },
  {
    handle: 'olaf',
    name: 'Olaf Orders',
    about: 'App role Orders.Read',
    objectId: '0d6c1f7e-0000-4000-8000-0000000000a2',
    tenantId: HOME_TENANT,
    username: 'olaf@contoso.example',
    email: 'olaf@contoso.example',
    roles: ['Orders.Read'],
  },
  {
    handle: 'nora',
    name: 'Nora Newcomer',
    about: 'No app roles',
    objectId: '0d6c1f7e-0000-4000-8000-0000000000a3',
    tenantId: HOME_TENANT,
    username: 'nora@contoso.example',
    email: 'nora@contoso.example',
    roles: [],
  },
  {
    handle: 'gil',
    name: 'Gil Guest',
    about: 'Another company: another tenant, and the e-mail address of Ada',
    objectId: '0d6c1f7e-0000-4000-8000-0000000000b1',
    tenantId: OTHER_TENANT,
    username: 'gil@fabrikam.example',
    // On purpose: an address proves nothing about who somebody is.
    email: 'ada@contoso.example',
    roles: ['Orders.Read'],
  },
];

export function personCalled(handle: string | undefined): DevPerson | undefined {
  return people.find((person) => person.handle === handle);
}

/** By the `login_hint` claim or the username. */
export function personHinted(hint: string | null): DevPerson | undefined {
  return people.find((person) => hint !== null && [person.username, loginHintOf(person)].includes(hint));
}

/** Entra's `sub` is another one for each application. */
export function subjectOf({ objectId }: DevPerson, clientId: string): string {
  return createHash('sha256').update(`${clientId}|${objectId}`).digest('base64url');
}

export function loginHintOf({ objectId }: DevPerson): string {
  return `O.${Buffer.from(objectId).toString('base64url')}`;
}

/** Claims as Entra writes them into an ID token of version 2.0. */
export function claimsOf(person: DevPerson, clientId: string): Record<string, unknown> & { sub: string } {
  return {
    sub: subjectOf(person, clientId),
    oid: person.objectId,
    tid: person.tenantId,
    ver: '2.0',
    name: person.name,
    preferred_username: person.username,
    login_hint: loginHintOf(person),
    email: person.email,
    ...(person.roles.length > 0 ? { roles: person.roles } : {}),
  };
}
