import type { AccessTokenClaims } from '@gatehouse/contracts';
import { createSessionValidator } from '../../src/create-session-validator.js';
import type {
  AccessCookie,
  ActivityBatch,
  ActivityReporter,
  KeySource,
  SessionValidator,
  SessionValidatorConfig,
} from '../../src/index.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../../src/testing/index.js';

/** An issuer and a feed on a clock that stands still, and the validator a door makes of them. */
export class DoorRig {
  readonly time = new FakeTime();
  readonly issuer = createTestIssuer({ nowMs: () => this.time.nowMs() });
  readonly feed = new MemoryFeed({ beats: false, monotonicMs: () => this.time.monotonicMs() });
  readonly warnings: string[] = [];
  /** What the validator has reported of requests. */
  readonly counted: ActivityBatch[] = [];
  private used: SessionValidator | undefined;
  private offer: (bundle: string) => void = () => undefined;

  private readonly accessCookie: AccessCookie | undefined;

  /** @param alive - whether the feed has a heartbeat, without which no list is whole */
  constructor({ alive = true, accessCookie }: { alive?: boolean; accessCookie?: AccessCookie } = {}) {
    this.accessCookie = accessCookie;
    if (alive) this.feed.beat();
  }

  get config(): SessionValidatorConfig {
    const { issuer, feed, time, accessCookie } = this;
    const keySource: KeySource = {
      start: (listener) => void (this.offer = listener),
      refresh: async () => this.offer(issuer.keyBundle()),
      close: async () => undefined,
    };
    const warn = (message: string) => void this.warnings.push(message);
    const keys = { trustAnchor: issuer.trustAnchor, keyBundle: issuer.keyBundle(), keySource };
    const activity: ActivityReporter = {
      report: async (batch) => this.counted.push(batch) > 0,
      close: () => undefined,
    };
    return { ...keys, feed, time, warn, accessCookie, activity };
  }

  /** The validator of the door; made here unless the door has made its own. */
  get validator(): SessionValidator {
    this.used ??= createSessionValidator(this.config);
    return this.used;
  }

  use(validator: SessionValidator): void {
    this.used = validator;
  }

  /** A token and the claims in it. */
  signIn(overrides: Partial<AccessTokenClaims> = {}): { token: string; claims: AccessTokenClaims } {
    const claims = this.issuer.claims(overrides);
    return { token: this.issuer.token(claims), claims };
  }

  async close(): Promise<void> {
    await this.used?.close();
  }
}
