export type EndpointName = 'discovery' | 'jwks' | 'authorize' | 'token' | 'end_session' | 'userinfo' | 'graph';

/** How one token differs from an honest one. */
export interface TokenLie {
  /** Claims to put in place of the honest ones; `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Members of the protected header; `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** `none`: no signature. `HS256`: an HMAC whose secret is the public key in PEM form. */
  readonly alg?: 'none' | 'HS256';
  /**
   * `unpublished`: a key that is not in the JWKS, under a `kid` of its own. `forged`: such a key under the `kid` of a
   * published one. `other-issuer`: a published key whose JWK `issuer` member names another tenant (Entra-shaped only).
   * `no-kid`: the right key, without `kid`.
   */
  readonly key?: 'unpublished' | 'forged' | 'other-issuer' | 'no-kid';
  /** Claims written a second time behind the honest ones, as raw members of the JSON text. */
  readonly duplicates?: Readonly<Record<string, unknown>>;
  /** JSON text in place of the claims. */
  readonly rawClaims?: string;
  /** `signature`: its last byte changed. `claims`: a claim added after signing. */
  readonly tamper?: 'signature' | 'claims';
}

/** How one answer of the provider differs from an honest one. */
export interface Lie {
  /** @default 'token' */
  readonly at?: EndpointName;
  /** Only for this grant of the token endpoint. */
  readonly grant?: 'authorization_code' | 'refresh_token';
  /** How many answers it spoils. @default 1 */
  readonly times?: number;

  /** The request is never answered; the connection stays open until the peer or `close()` ends it. */
  readonly hang?: boolean;
  /** The connection is reset without an answer. */
  readonly drop?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is in place of the honest body. */
  readonly body?: string;
  readonly contentType?: string;
  /** Answers 302 to this address. */
  readonly redirectTo?: string;
  /** The honest answer followed by this many bytes of white space (it stays valid JSON). */
  readonly paddingBytes?: number;
  /** The body goes out one byte in each interval. */
  readonly slowBodyMs?: number;
  /** Members of the JSON answer to put in place of the honest ones; `undefined` leaves one out. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Members written a second time behind the honest ones. */
  readonly duplicates?: Readonly<Record<string, unknown>>;
  /** An OAuth error answer: at `authorize` as parameters of the redirect, elsewhere 400 with a JSON body. */
  readonly error?: string;
  readonly errorDescription?: string;

  /** At `authorize`: parameters of the redirect back to put in place of the honest ones; `undefined` leaves one out. */
  readonly callback?: Readonly<Record<string, string | undefined>>;
  /** At `token`: what is wrong with the ID token. */
  readonly idToken?: TokenLie;
  /** At `token`: what is wrong with the access token. */
  readonly accessToken?: TokenLie;
}

/** The lies still to be told, first in first out for each endpoint. */
export class LieBook {
  private open: { lie: Lie; left: number }[] = [];

  /** @returns takes the lie back. */
  add(lie: Lie): () => void {
    const entry = { lie, left: lie.times ?? 1 };
    this.open.push(entry);
    return () => (this.open = this.open.filter((other) => other !== entry));
  }

  clear(): void {
    this.open = [];
  }

  next(endpoint: EndpointName, grant?: string): Lie {
    const entry = this.open.find(
      ({ lie }) => (lie.at ?? 'token') === endpoint && (lie.grant === undefined || lie.grant === grant),
    );
    if (!entry) return {};
    entry.left -= 1;
    if (entry.left <= 0) this.open = this.open.filter((other) => other !== entry);
    return entry.lie;
  }
}

/** `honest` with the members of `lie` in their place; those that are `undefined` are left out. */
export function replaced(
  honest: Readonly<Record<string, unknown>>,
  lie: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...honest, ...lie }).filter(([, value]) => value !== undefined));
}

/** JSON text of an object with some members written twice. */
export function jsonText(
  members: Readonly<Record<string, unknown>>,
  duplicates: Readonly<Record<string, unknown>> = {},
): string {
  const text = JSON.stringify(members);
  const again = Object.entries(duplicates).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (again.length === 0) return text;
  return `${text.slice(0, -1)}${text === '{}' ? '' : ','}${again.join(',')}}`;
}
