import type { SessionTokens } from '../gateway-session.js';
import type { SealingKeys } from './sealing-keys.js';

/** Which tokens of which session. */
export interface TokensOf {
  readonly sid: string;
  readonly generation: number;
  /** Of the cookie. */
  readonly secret: string;
}

/**
 * Seals a session's tokens so that only the gateways together with the browser can open them: a dump of the store opens nothing,
 * not even with the gateways' keys, and neither does a cookie with the dump.
 *
 * What is put back from another session or from an earlier generation is noticed.
 */
export class TokenSeals {
  constructor(private readonly keys: SealingKeys) {}

  seal(tokens: SessionTokens, whose: TokensOf): string {
    return this.keys.seal(JSON.stringify(tokens), sealedFor(whose));
  }

  /** @throws {SealBroken} */
  open(sealed: string, whose: TokensOf): SessionTokens {
    return JSON.parse(this.keys.open(sealed, sealedFor(whose))) as SessionTokens;
  }
}

function sealedFor({ sid, generation, secret }: TokensOf) {
  return { secret, purpose: `session|${sid}`, boundTo: `${sid}|${generation}` };
}
