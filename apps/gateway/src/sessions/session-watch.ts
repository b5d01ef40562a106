import type { AccessTokenClaims } from '@gatehouse/contracts';
import type { SessionValidator } from '@gatehouse/session-validator';
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

/** Tells open connections that their session is over. */
export class SessionWatch {
  private readonly here = new Map<string, Set<() => void>>();

  constructor(
    private readonly validator: Pick<SessionValidator, 'watch'>,
    private readonly cache: Pick<SessionCache, 'get' | 'claimsOf'>,
  ) {}

  /**
   * Calls back once: when the session ends anywhere, when the person's rights change (who connected with the old ones must come
   * back with the new), or at the session's absolute end. Not when the access token runs out, which is renewed.
   *
   * @returns a way to leave.
   */
  onEnded(sid: string, callback: () => void): () => void {
    const endsAtMs = this.cache.get(sid)?.session.record.expiresAtMs;
    const exp = endsAtMs === undefined ? FAR_SECONDS : endsAtMs / 1000;
    const callbacks = this.here.get(sid) ?? new Set();
    let stopped = false;
    const leave = () => {
      stopped = true;
      stopWatching();
      callbacks.delete(once);
      if (callbacks.size === 0) this.here.delete(sid);
    };
    const once = () => {
      if (stopped) return;
      leave();
      callback();
    };
    const stopWatching = this.validator.watch({ ...ANY_CLAIMS, ...this.cache.claimsOf(sid), sid, exp }, once);
    this.here.set(sid, callbacks.add(once));
    return leave;
  }

  /** It ended here, which the feed may tell later or, with the auth service away, not at all. */
  ended(sid: string): void {
    for (const callback of [...(this.here.get(sid) ?? [])]) callback();
  }
}
