import type { Logger } from '@gatehouse/observability';
import type { AuthService } from '../auth-service/auth-service.port.js';
import type { GatewaySession } from './gateway-session.js';
import { persevere } from './persevere.js';
import type { SessionCache } from './session-cache.js';
import type { SessionStore } from './session-store.port.js';
import type { SessionWatch } from './session-watch.js';

export interface EndSessionParts {
  readonly auth: AuthService;
  readonly store: SessionStore;
  readonly cache: SessionCache;
  readonly watch: SessionWatch;
  readonly logger: Logger;
  readonly ended: (reason: string) => void;
}

/** Ends a session: everywhere, or here where it has ended elsewhere. */
export class EndSession {
  /** Why sessions are being ended by us: the feed tells of it before the auth service's answer is here. */
  private readonly leaving = new Map<string, string>();

  constructor(private readonly parts: EndSessionParts) {}

  /**
   * At the auth service first, so that every service knows before anybody hears that it is done.
   *
   * @returns whether the auth service knows. Where not, it is told again for a minute.
   */
  async run({ record, tokens }: GatewaySession, reason: string): Promise<boolean> {
    const { sid } = record;
    this.leaving.set(sid, reason);
    const everywhere = await this.atAuth(sid, tokens.accessToken);
    await this.here(sid, reason);
    this.leaving.delete(sid);
    return everywhere;
  }

  /** Here and in the store all gateways share. Idempotent; a store that is away is told later, and learns nothing new by it. */
  async here(sid: string, reason: string): Promise<void> {
    const { cache, ended, store, watch } = this.parts;
    cache.end(sid);
    watch.ended(sid);
    try {
      if (await store.remove(sid)) ended(this.leaving.get(sid) ?? reason);
    } catch {
      persevere(() => store.remove(sid));
    }
  }

  private async atAuth(sid: string, accessToken: string): Promise<boolean> {
    try {
      return await this.parts.auth.signOut(accessToken);
    } catch (error) {
      this.parts.logger.warn('the auth service was not told of a logout yet', { error, sessionId: sid });
      persevere(() => this.parts.auth.signOut(accessToken));
      return false;
    }
  }
}
