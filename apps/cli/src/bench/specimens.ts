import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from '@gatehouse/contracts';
import { randomHex, randomUuid } from '@gatehouse/kernel';
import type { FeedLedger, RevocationFeed, SessionValidatorConfig } from '@gatehouse/session-validator';
import { generateKeyPairSync, sign, verify } from 'node:crypto';

const LIFE_SECONDS = 900;
const KID = 'bench';
const ISSUER = 'https://bench.invalid';
const AUDIENCE = 'bench';

/** Tokens of an issuer that exists only here, and what they are compared with. */
export class Specimens {
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly header = part({ alg: 'ES256', typ: ACCESS_TOKEN_TYPE, kid: KID });

  /** The settings of a validator that takes these tokens. */
  get settings(): SessionValidatorConfig {
    const jwk = { ...this.pair.publicKey.export({ format: 'jwk' }), kid: KID, alg: 'ES256', use: 'sig' };
    return { jwks: { keys: [jwk] }, issuer: ISSUER, audience: AUDIENCE, maxTokenSeconds: LIFE_SECONDS };
  }

  tokens(count: number): string[] {
    const iat = Math.floor(Date.now() / 1000);
    return Array.from({ length: count }, () => {
      const input = `${this.header}.${part(claims(iat))}`;
      const key = { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' } as const;
      return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    });
  }

  /** The least any library must do: one signature checked by the runtime, and the payload parsed. */
  verifyRaw(token: string): boolean {
    const [header = '', payload = '', signature = ''] = token.split('.', 3);
    const key = { key: this.pair.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    const input = Buffer.from(`${header}.${payload}`);
    const holds = verify('sha256', input, key, Buffer.from(signature, 'base64url'));
    return holds && typeof JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) === 'object';
  }
}

/** A feed that hands over so many revocations of nobody's sessions at once, and then is silent. */
export class FilledFeed implements RevocationFeed {
  constructor(private readonly entries: number) {}

  start(ledger: FeedLedger): void {
    const nowMs = Date.now();
    const untilMs = nowMs + 3_600_000;
    let previous = '0-0';
    for (let n = 1; n <= this.entries + 1; n++) {
      const position = `${nowMs}-${n}`;
      const entry = { id: 'bench', scope: 'sid', value: randomHex(32), cutoff: 0, untilMs, reason: 'admin' } as const;
      // The last one is a heartbeat: it says that the list is whole.
      ledger.read({ position, previous, epoch: 'bench', ...(n <= this.entries ? { entry } : {}) });
      previous = position;
    }
    ledger.reachedEnd(performance.now());
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

function claims(iat: number): AccessTokenClaims {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: String(1 + Math.floor(Math.random() * 1e9)),
    sid: randomHex(32),
    jti: randomUuid(),
    iat,
    exp: iat + LIFE_SECONDS,
    auth_time: iat,
    amr: ['pwd'],
    acr: 'aal1',
    roles: ['user'],
    scope: '',
    gen: 0,
    client_id: 'bench',
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
