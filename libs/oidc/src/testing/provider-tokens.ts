import { randomUUID } from 'node:crypto';
import type { TokenLie } from './lies.js';
import type { Person } from './people.js';
import { GRAPH_AUDIENCE, type Script } from './provider-options.js';
import type { ProviderAddresses } from './provider-addresses.js';
import { halfHash, type TokenMint } from './token-mint.js';

/** One person signed in at the provider: what the claim `sid` names. */
export interface ProviderSession {
  readonly sid: string;
  readonly person: Person;
  readonly authTimeMs: number;
}

export interface IdTokenFacts {
  readonly nonce?: string;
  readonly accessToken?: string;
  readonly code?: string;
}

/** What the honest provider writes into its tokens. */
export class ProviderTokenWriter {
  constructor(
    private readonly script: Script,
    private readonly addresses: ProviderAddresses,
    private readonly mint: TokenMint,
  ) {}

  idToken(session: ProviderSession, facts: IdTokenFacts, lie?: TokenLie): string {
    const { person } = session;
    return this.mint.write(
      'JWT',
      {
        ...this.times(),
        iss: this.addresses.issuer(person.tenantId),
        aud: this.script.clientId,
        ...this.whoIs(person),
        email: person.email,
        email_verified: person.emailVerified,
        preferred_username: person.username,
        name: person.displayName,
        sid: session.sid,
        auth_time: Math.floor(session.authTimeMs / 1000),
        amr: this.isEntra ? undefined : person.amr,
        acr: person.acr,
        login_hint: this.isEntra ? person.loginHint : undefined,
        nonce: facts.nonce,
        at_hash: facts.accessToken === undefined ? undefined : halfHash(facts.accessToken),
        c_hash: facts.code === undefined ? undefined : halfHash(facts.code),
        uti: this.isEntra ? randomUUID() : undefined,
        ...person.extraClaims,
      },
      lie,
    );
  }

  /** @param audience of the API; Graph's where `kind` is `entra` and nothing else was asked for. */
  accessToken(person: Person, audience: string | undefined, scope: string, lie?: TokenLie): string {
    const claims = {
      ...this.times(),
      iss: this.addresses.issuer(person.tenantId),
      aud: audience ?? (this.isEntra ? GRAPH_AUDIENCE : `${this.addresses.origin}/api`),
      ...this.whoIs(person),
      ...(this.isEntra
        ? { azp: this.script.clientId, azpacr: '1', scp: scope, uti: randomUUID(), name: person.displayName }
        : { client_id: this.script.clientId, scope, jti: randomUUID() }),
      ...person.extraClaims,
    };
    return this.mint.write(this.isEntra ? 'JWT' : 'at+jwt', claims, lie);
  }

  logoutToken(about: { readonly subject?: string; readonly sid?: string; readonly tenantId?: string }, lie?: TokenLie) {
    const { exp, iat } = this.times();
    return this.mint.write(
      'logout+jwt',
      {
        iss: this.addresses.issuer(about.tenantId),
        aud: this.script.clientId,
        iat,
        exp: Math.min(exp, iat + 120),
        jti: randomUUID(),
        sub: about.subject,
        sid: about.sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      },
      lie,
    );
  }

  /** CAEP 1.0, section 3.1, as the Shared Signals Framework wants it: without `exp` and `sub`. */
  securityEvent(
    about: { readonly subject?: string; readonly sid?: string; readonly tenantId?: string },
    lie?: TokenLie,
  ) {
    const iss = this.addresses.issuer(about.tenantId);
    const user = about.subject === undefined ? undefined : { format: 'iss_sub', iss, sub: about.subject };
    const session = about.sid === undefined ? undefined : { format: 'opaque', id: about.sid };
    const { iat } = this.times();
    const event = { event_timestamp: iat, initiating_entity: 'admin' };
    return this.mint.write(
      'secevent+jwt',
      {
        iss,
        aud: this.script.clientId,
        iat,
        jti: randomUUID(),
        sub_id: user && session ? { format: 'complex', user, session } : (user ?? session),
        events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': event },
      },
      lie,
    );
  }

  /** What a workload would present in place of a secret (RFC 7523): of an issuer of its own, for this provider. */
  federatedAssertion(lie?: TokenLie): string {
    return this.mint.write(
      'JWT',
      {
        ...this.times(),
        iss: `${this.addresses.origin}/workload`,
        sub: 'system:serviceaccount:gatehouse:gateway',
        aud: 'api://AzureADTokenExchange',
        jti: randomUUID(),
      },
      lie,
    );
  }

  private get isEntra(): boolean {
    return this.script.kind === 'entra';
  }

  private times(): { iat: number; nbf: number; exp: number } {
    const now = this.mint.seconds();
    return { iat: now, nbf: now, exp: now + this.script.tokenLifeSeconds };
  }

  private whoIs(person: Person): Record<string, unknown> {
    const who = { sub: person.subject, roles: person.roles.length > 0 ? person.roles : undefined };
    if (!this.isEntra) return { ...who, groups: person.groups.length > 0 ? person.groups : undefined };
    return { ...who, oid: person.objectId, tid: person.tenantId, ver: '2.0', ...this.entraGroups(person) };
  }

  private entraGroups({ groups, objectId, tenantId }: Person): Record<string, unknown> {
    if (groups.length === 0) return {};
    if (groups.length <= this.script.groupsInToken) return { groups };
    // Entra still names its former Graph here, which answers no longer.
    const endpoint = `https://graph.windows.net/${tenantId}/users/${objectId}/getMemberObjects`;
    return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } };
  }
}
