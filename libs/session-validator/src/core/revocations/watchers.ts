import type { RevocationEntry, TokenRefusal } from '@gatehouse/contracts';
import type { RevocableToken } from './revocation-check.js';

/** Something that must be told when a token stops being accepted. */
export interface Watched {
  readonly token: RevocableToken;
  readonly kid: string | undefined;
  /** `undefined`: only revocations end it. */
  readonly acceptedUntilMs: number | undefined;
}

/** Told once, with the reason the token would be refused for. */
export type WatchCallback = (reason: TokenRefusal) => void;

interface Watcher extends Watched {
  readonly fire: WatchCallback;
  timer: NodeJS.Timeout | undefined;
}

/** Longest time `setTimeout` can hold; more would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** {@link Watchers.tick} comes each second; when the clock says more than this, somebody set it, or the machine slept. */
const LONG_SECOND_MS = 2_000;

/** Open connections by what can end them, so that one entry costs as much as the connections it concerns. */
export class Watchers {
  private readonly byKey = new Map<string, Set<Watcher>>();
  private readonly all = new Set<Watcher>();

  private lastTickMs: number;

  constructor(private readonly nowMs: () => number) {
    this.lastTickMs = nowMs();
  }

  get size(): number {
    return this.all.size;
  }

  add(watched: Watched, fire: WatchCallback): () => void {
    const watcher: Watcher = { ...watched, fire, timer: undefined };
    this.all.add(watcher);
    for (const key of keysOf(watched)) {
      const set = this.byKey.get(key) ?? new Set();
      this.byKey.set(key, set.add(watcher));
    }
    this.armExpiry(watcher);
    return () => this.remove(watcher);
  }

  /**
   * The watchers an entry may concern; whether it ends them is for the caller to find out.
   */
  concernedBy({ scope, value }: RevocationEntry): Iterable<Watcher> {
    return scope === 'before' ? [...this.all] : [...(this.byKey.get(`${scope}:${value}`) ?? [])];
  }

  /**
   * Called each second. Timers know nothing of a clock that was set forward or of a machine that slept; after either they
   * are set anew. A clock that was set back they find out by themselves.
   */
  tick(): void {
    const nowMs = this.nowMs();
    const wasSet = nowMs - this.lastTickMs > LONG_SECOND_MS;
    this.lastTickMs = nowMs;
    if (wasSet) for (const watcher of this.all) this.armExpiry(watcher);
  }

  /** Ends those whose token was signed with a key that is not in force any more. */
  keepKeys(isInForce: (kid: string) => boolean): void {
    for (const watcher of [...this.all]) {
      if (watcher.kid !== undefined && !isInForce(watcher.kid)) this.end(watcher, 'TOKEN_INVALID');
    }
  }

  /** Fires once and forgets. */
  end(watcher: Watcher, reason: TokenRefusal): void {
    if (this.remove(watcher)) watcher.fire(reason);
  }

  clear(): void {
    for (const watcher of [...this.all]) this.remove(watcher);
  }

  private remove(watcher: Watcher): boolean {
    if (!this.all.delete(watcher)) return false;
    clearTimeout(watcher.timer);
    for (const key of keysOf(watcher)) {
      const set = this.byKey.get(key);
      set?.delete(watcher);
      if (set?.size === 0) this.byKey.delete(key);
    }
    return true;
  }

  private armExpiry(watcher: Watcher): void {
    clearTimeout(watcher.timer);
    if (watcher.acceptedUntilMs === undefined) return;
    const leftMs = watcher.acceptedUntilMs - this.nowMs();
    watcher.timer = setTimeout(
      () => {
        if (this.nowMs() >= (watcher.acceptedUntilMs ?? 0)) this.end(watcher, 'TOKEN_EXPIRED');
        else this.armExpiry(watcher);
      },
      Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS),
    );
    // A connection keeps the process alive, its watch need not.
    watcher.timer.unref();
  }
}

function keysOf({ token, kid }: Watched): string[] {
  const keys = [`sid:${token.sid}`, `jti:${token.jti}`, `sub:${token.sub}`, `client:${token.client_id}`];
  if (token.device_id !== undefined) keys.push(`device:${token.device_id}`);
  if (kid !== undefined) keys.push(`kid:${kid}`);
  return keys;
}
