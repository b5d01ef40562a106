import { type Clock, randomHex } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { noPassword } from '../../passwords/no-password.js';
import type { PasswordHasher } from '../../passwords/password-hasher.port.js';
import type { RightsStore } from '../../roles/rights-store.port.js';
import { canonicalEmail, NO_ADDRESS_HOST } from '../../users/email-address.js';
import { isEmailAddress } from '../../users/is-email-address.decorator.js';
import type { NewUser, User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { EmailTaken } from '../../users/users.errors.js';
import { IdentityTaken, LinkRequired, SignUpClosed } from '../federation.errors.js';
import type { LinkedIdentity, NewIdentity } from '../identities/identity.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { SignInPlace } from './place.js';
import { defineRoles, mappedRoles } from './provider-roles.js';

/** Somebody who came, and who they are here. */
export interface SettledAccount {
  readonly user: User;
  readonly linked: LinkedIdentity;
  /** Made just now, roles and all. */
  readonly isNew: boolean;
}

/** What everybody may do. */
const FIRST_ROLES = ['user'];
const MAX_NAME_LENGTH = 100;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/gu;

/** Finds the account an identity is linked to, or makes one. Never by an address: those can be claimed by whoever runs a tenant. */
export class SettleAccount {
  constructor(
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly identities: IdentityStore,
    private readonly rights: Pick<RightsStore, 'roles' | 'createRole'>,
    private readonly hasher: Pick<PasswordHasher, 'decoyHash'>,
    private readonly audit: Pick<AuditLog, 'record'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {SignUpClosed} for a stranger, where only people with an account sign in.
   * @throws {LinkRequired} for a stranger whose proven address somebody has.
   * @throws {DatabaseUnavailable}
   */
  async run(provider: IdentityProvider, identity: ExternalIdentity, place: SignInPlace): Promise<SettledAccount> {
    const known = await this.find(identity);
    if (known) return known;
    if (provider.rules.signUp !== 'allow') throw new SignUpClosed();
    try {
      return await this.create(provider, identity, place);
    } catch (error) {
      if (!(error instanceof IdentityTaken || error instanceof EmailTaken)) throw error;
      // Their own first sign-in, a moment ago, in another window.
      const other = await this.find(identity);
      if (other) return other;
      throw new LinkRequired();
    }
  }

  private async find({ key }: ExternalIdentity): Promise<SettledAccount | undefined> {
    const linked = await this.identities.findByKey(key);
    if (!linked) return undefined;
    const user = await this.users.findById(linked.userId);
    if (user) return { user, linked, isNew: false };
    // Left over of somebody whose erasure was cut short: nobody's, and in the way of whoever they are by now.
    await this.identities.dropOrphan(linked.id, linked.userId);
    return undefined;
  }

  private async create(
    provider: IdentityProvider,
    identity: ExternalIdentity,
    { ipAddress, requestId }: SignInPlace,
  ): Promise<SettledAccount> {
    const wanted = mappedRoles(provider, identity);
    await defineRoles(this.rights, wanted);
    const granted = wanted.filter((role) => !FIRST_ROLES.includes(role));
    const linking = newIdentity(identity, this.clock.nowMs(), granted);
    const user = await this.identities.createUser(
      {
        ...this.addressFor(provider, identity),
        passwordHash: noPassword(this.hasher.decoyHash),
        name: displayName(identity.displayName),
        roles: [...FIRST_ROLES, ...granted],
      },
      linking,
    );
    const details = { provider: provider.name };
    this.audit.record({ kind: 'signup.succeeded', userId: user.id, ipAddress, requestId, details });
    return { user, linked: { ...linking, userId: user.id }, isNew: true };
  }

  /**
   * Only a proven address becomes that of an account: one that is merely claimed would be taken from whoever it belongs to, and its being
   * taken would tell who has an account here.
   */
  private addressFor({ rules, name }: IdentityProvider, identity: ExternalIdentity) {
    const { email, emailVerified } = identity;
    const isTaken = rules.email === 'always' || (rules.email === 'verified' && emailVerified);
    if (isTaken && isEmailAddress(email)) return address(email, this.clock.nowMs());
    // Drawn, so that nobody can have signed up under it before.
    return address(`${name}-${randomHex(12)}@${NO_ADDRESS_HOST}`, null);
  }
}

/** An identity that is about to be linked. */
export function newIdentity(identity: ExternalIdentity, atMs: number, grantedRoles: readonly string[]): NewIdentity {
  return {
    id: randomHex(16),
    provider: identity.provider,
    key: identity.key,
    label: labelOf(identity),
    grantedRoles,
    linkedAtMs: atMs,
    lastUsedAtMs: atMs,
  };
}

/** What the person is called there, for a list of their identities. */
export function labelOf({ username, email }: Pick<ExternalIdentity, 'username' | 'email'>): string | null {
  return (username ?? email)?.replace(UNPRINTABLE, '').slice(0, 254) || null;
}

function displayName(name: string | undefined): string | null {
  return [...(name ?? '').replace(UNPRINTABLE, '').trim()].slice(0, MAX_NAME_LENGTH / 2).join('') || null;
}

function address(
  email: string,
  emailVerifiedAtMs: number | null,
): Pick<NewUser, 'email' | 'emailCanonical'> & Pick<User, 'emailVerifiedAtMs'> {
  return { email, emailCanonical: canonicalEmail(email), emailVerifiedAtMs };
}
