import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import { OAuthStateLost } from '../federation.errors.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { IdentityProviders } from '../providers/identity-providers.js';
import type { TakeOnce } from '../sign-in/take-once.js';
import type { SealedNotes } from './sealed-notes.js';

/** Time for a page to load and ask, in ms. */
const CODE_TTL_MS = 60_000;

interface Coded {
  readonly id: string;
  readonly provider: string;
  readonly identity: ExternalIdentity;
  readonly challenge: string;
}

/**
 * Short-lived codes an application exchanges for the tokens of a session: tokens never stand in an address. A code says who came back, and
 * is worth nothing without the verifier that the application kept (as RFC 7636); the session begins with the exchange.
 */
export class ExchangeCodes {
  constructor(
    private readonly notes: SealedNotes,
    private readonly providers: IdentityProviders,
    private readonly once: TakeOnce,
    private readonly clock: Clock,
  ) {}

  mint({ name }: IdentityProvider, identity: ExternalIdentity, challenge: string): string {
    const coded: Coded = { id: randomBytes(16).toString('base64url'), provider: name, identity, challenge };
    return this.notes.seal(coded, this.clock.nowMs() + CODE_TTL_MS);
  }

  /** @throws {OAuthStateLost} for anything but a code of this provider's that is fresh and unused, with its verifier. */
  async redeem(
    providerName: string,
    code: string,
    verifier: string,
  ): Promise<{ readonly provider: IdentityProvider; readonly identity: ExternalIdentity }> {
    const provider = this.providers.get(providerName);
    const nowMs = this.clock.nowMs();
    const coded = this.notes.open(code, nowMs) as Coded | undefined;
    if (coded?.provider !== provider.name || !matches(verifier, coded.challenge)) throw new OAuthStateLost();
    await this.once.note('code', coded.id, nowMs + 2 * CODE_TTL_MS);
    return { provider, identity: coded.identity };
  }
}

function matches(verifier: string, challenge: string): boolean {
  const [given, wanted] = [createHash('sha256').update(verifier).digest(), Buffer.from(challenge, 'base64url')];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
