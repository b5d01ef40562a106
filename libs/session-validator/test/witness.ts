import { eventually } from '@gatehouse/testing';
import { createSessionValidator, type SessionValidator, type SessionValidatorConfig } from '../src/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import type { Truth } from './truth.js';

const LOOK_AGAIN_MS = 5;
const issuer = createTestIssuer();
const tokens = new Map<string, string>();

/** A token of this session, always the same one. */
function tokenOf(sid: string): string {
  const token = tokens.get(sid) ?? issuer.token(issuer.claims({ sid }));
  tokens.set(sid, token);
  return token;
}

/**
 * A validator under watch. From the moment it says that it has applied a revocation it must refuse the session, whatever
 * happens to Redis; asked over and over, and once more at the end.
 */
export class Witness {
  readonly applied = new Set<string>();
  readonly warnings: string[] = [];
  readonly validator: SessionValidator;
  private readonly untouched = issuer.token();
  private readonly accepted = new Set<string>();
  private readonly looking: NodeJS.Timeout;

  constructor(place: Pick<SessionValidatorConfig, 'redis' | 'redisUrl' | 'authUrl'>) {
    this.validator = createSessionValidator({
      ...place,
      trustAnchor: issuer.trustAnchor,
      keyBundle: issuer.keyBundle(),
      receipts: false,
      warn: (message) => this.warnings.push(message),
    });
    this.validator.onRevoked(({ value }) => {
      this.applied.add(value);
      this.look([value]);
    });
    this.looking = setInterval(() => this.look(this.applied), LOOK_AGAIN_MS);
  }

  /** Waits until its list is the truth: nothing is missing, nothing is there that was never revoked. */
  async equals({ values, entries }: Truth, timeoutMs = 10_000): Promise<void> {
    const isSame = () => this.applied.size === entries.size && values.every((value) => this.applied.has(value));
    // Compared whole only at the end: a difference of hundreds of lines each 20 ms would slow down what is watched.
    await eventually(() => expect(isSame()).toBe(true), { timeoutMs }).catch(() => undefined);
    expect([...this.applied].sort()).toEqual(values);
    expect(await this.validator.ready()).toBe(true);
    expect(this.validator.metrics().replicaEntries).toBe(entries.size);
    this.holds(values);
    expect(this.validator.check(this.untouched).ok).toBe(true);
  }

  /** These are refused now, and nothing that was applied was accepted at any time since. */
  holds(values: Iterable<string> = this.applied): void {
    for (const value of values) {
      expect(this.validator.check(tokenOf(value))).toMatchObject({ ok: false, reason: 'SESSION_REVOKED' });
    }
    expect([...this.accepted]).toEqual([]);
  }

  /** Whether a route that must know would let a sound token in. */
  get isFresh(): boolean {
    return this.validator.check(this.untouched, { freshness: 'closed' }).ok;
  }

  get ageSeconds(): number {
    return this.validator.health().feed.ageSeconds ?? Number.POSITIVE_INFINITY;
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    this.holds();
    await this.validator.close();
  }

  private look(values: Iterable<string>): void {
    for (const value of values) if (this.validator.check(tokenOf(value)).ok) this.accepted.add(value);
  }
}
