import type { Clock } from '@gatehouse/kernel';

/** A token of the gateway's own service account. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly lifeSeconds: number;
}

interface Held {
  readonly accessToken: string;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** Part of its life after which the next one is asked for, beside the requests that go on with this one. */
const RENEW_AFTER = 0.8;
/** A token this close to its end is not sent any more: it must outlive the call. */
const MARGIN_MS = 5_000;
/** After a failure to renew, while the old token is still good. */
const PAUSE_MS = 1_000;

/** Keeps one token at hand: asked for once however many want it, renewed before it ends. */
export class ServiceToken {
  private held: Held | undefined;
  private asking: Promise<string> | undefined;
  private pausedUntilMs = 0;

  constructor(
    private readonly ask: () => Promise<IssuedToken>,
    private readonly clock: Clock,
  ) {}

  /** @throws what `ask` throws, when there is no token to go on with. */
  async get(): Promise<string> {
    const { held } = this;
    const nowMs = this.clock.nowMs();
    if (!held || nowMs >= held.expiresAtMs - MARGIN_MS) return this.renew();
    if (nowMs >= held.renewAtMs && nowMs >= this.pausedUntilMs) {
      this.renew().catch(() => {
        this.pausedUntilMs = this.clock.nowMs() + PAUSE_MS;
      });
    }
    return held.accessToken;
  }

  /** It was refused: the next {@link get} asks for another. One that has been replaced meanwhile stays. */
  forget(accessToken: string): void {
    if (this.held?.accessToken === accessToken) this.held = undefined;
  }

  private renew(): Promise<string> {
    this.asking ??= this.replace().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async replace(): Promise<string> {
    const askedAtMs = this.clock.nowMs();
    const { accessToken, lifeSeconds } = await this.ask();
    const lifeMs = lifeSeconds * 1000;
    this.held = { accessToken, renewAtMs: askedAtMs + lifeMs * RENEW_AFTER, expiresAtMs: askedAtMs + lifeMs };
    return accessToken;
  }
}
