import type { AccessTokenClaims } from '@gatehouse/contracts';
import { Roster } from '@gatehouse/kernel';
import type { SessionValidator, VerifiedClaims } from '@gatehouse/session-validator';
import type { SessionCache } from './session-cache.js';

/** A session that nothing is known of but its id: only its own end concerns it. */
const ANY_CLAIMS = {
  iss: '',
  aud: '',
  sub: '',
  jti: '',
  iat: Number.MAX_SAFE_INTEGER,
  auth_time: 0,
  amr: [],
  acr: '',
  roles: [],
  scope: '',
  gen: Number.MAX_SAFE_INTEGER,
  client_id: '',
} satisfies Omit<AccessTokenClaims, 'sid' | 'exp'>;

/** 2^31 s: no session lives that long. */
const FAR_SECONDS = 2_147_483_648;

/** How long a watch that nobody needs any more is kept for the next request of its session, in ms; at most twice as long. */
const LINGER_MS = 1_000;

type Callback = () => void;

/** One watch at the validator, for everything that was opened on the same claims of a session. */
interface Watch {
  readonly claims: VerifiedClaims | undefined;
  readonly endsAtMs: number | undefined;
  readonly opened: Roster<Callback>;
  stop: () => void;
  /** Whether anything was opened since the last look round. */
  wasUsed: boolean;
}

/**
 * Tells open connections that their session is over. A request is open for a millisecond, and setting up a watch costs more than
 * passing it on: so requests of one session share one, and it stays for a moment after the last of them.
 */
export class SessionWatch {
  /** By session id. More than one for a session while something is open that was opened on former claims. */
  private readonly here = new Map<string, Watch[]>();
  private lookingRound: NodeJS.Timeout | undefined;

  constructor(
    private readonly validator: Pick<SessionValidator, 'watch'>,
    private readonly cache: Pick<SessionCache, 'get' | 'claimsOf'>,
    private readonly lingerMs = LINGER_MS,
  ) {}

  /**
   * Calls back once: when the session ends anywhere, when the person's rights change (who connected with the old ones must come
   * back with the new), or at the session's absolute end. Not when the access token runs out, which is renewed.
   *
   * @returns a way to leave.
   */
  onEnded(sid: string, callback: Callback): () => void {
    const watch = this.watchOf(sid);
    const place = watch.opened.enter(callback);
    watch.wasUsed = true;
    return () => watch.opened.leave(place);
  }

  /** It ended here, which the feed may tell later or, with the auth service away, not at all. */
  ended(sid: string): void {
    for (const watch of [...(this.here.get(sid) ?? [])]) this.end(sid, watch);
  }

  private watchOf(sid: string): Watch {
    const claims = this.cache.claimsOf(sid);
    const endsAtMs = this.cache.get(sid)?.session.record.expiresAtMs;
    const watches = this.here.get(sid);
    const known = watches?.find((one) => one.claims === claims && one.endsAtMs === endsAtMs);
    if (known) return known;
    const watch: Watch = { claims, endsAtMs, opened: new Roster(), stop: () => undefined, wasUsed: true };
    if (watches) watches.push(watch);
    else this.here.set(sid, [watch]);
    const exp = endsAtMs === undefined ? FAR_SECONDS : endsAtMs / 1000;
    watch.stop = this.validator.watch({ ...ANY_CLAIMS, ...claims, sid, exp }, () => this.end(sid, watch));
    this.lookingRound ??= setInterval(() => this.lookRound(), this.lingerMs).unref();
    return watch;
  }

  private end(sid: string, watch: Watch): void {
    this.forget(sid, watch);
    const opened = [...watch.opened];
    watch.opened.clear();
    for (const callback of opened) callback();
  }

  private lookRound(): void {
    for (const [sid, watches] of this.here) {
      for (const watch of [...watches]) {
        if (watch.opened.size === 0 && !watch.wasUsed) this.forget(sid, watch);
        watch.wasUsed = false;
      }
    }
    if (this.here.size > 0) return;
    clearInterval(this.lookingRound);
    this.lookingRound = undefined;
  }

  private forget(sid: string, watch: Watch): void {
    watch.stop();
    const left = (this.here.get(sid) ?? []).filter((one) => one !== watch);
    if (left.length > 0) this.here.set(sid, left);
    else this.here.delete(sid);
  }
}
