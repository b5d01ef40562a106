import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Logger } from '@gatehouse/observability';
import { OidcError } from '@gatehouse/oidc';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { cookieValues } from '../login/browser-binding.js';
import { UnknownProvider } from '../login/login.errors.js';
import type { LoginFigures } from '../login/login-figures.js';
import type { Providers } from '../login/providers.js';
import type { GatewaySession, GatewaySessions } from '../sessions/gateway-session.js';

export interface LogoutSite {
  readonly publicUrl: URL;
  /** Name of the cookie that remembers which sign-out a provider's return belongs to. */
  readonly logoutCookie: string;
}

/** Where a provider sends the browser after its own sign-out. Registered there, to the letter. */
export const SIGNED_OUT_PATH = '/_gw/signed-out';

export interface SignedOut {
  /** Path of our own, or the provider's address that ends its session too. */
  readonly location: string;
  readonly setCookies: readonly string[];
}

const LIFETIME_SECONDS = 600;
/** How long a provider may take to say where to sign out, in ms. It is known already, but after a restart. */
const PATIENCE_MS = 1_500;

/** Ends the session of a browser: here and in every service first, then at the provider. */
export class SignOut {
  constructor(
    private readonly sessions: GatewaySessions,
    private readonly providers: Providers,
    private readonly site: LogoutSite,
    private readonly logger: Logger,
    private readonly figures: LoginFigures,
  ) {}

  /**
   * @returns the session behind these cookies, if there is one.
   * @throws {SessionStoreUnavailable} when that cannot be told.
   */
  async find(cookies: string | undefined): Promise<GatewaySession | undefined> {
    const found = await this.sessions.look(cookies, { kind: 'deny' });
    if (found.kind === 'unavailable') throw new SessionStoreUnavailable('it cannot be told who signs out');
    return found.kind === 'live' ? found.session : undefined;
  }

  /** Somebody who has no session is signed out already. */
  async run(cookies: string | undefined): Promise<SignedOut> {
    const session = await this.find(cookies);
    if (!session) return { location: SIGNED_OUT_PATH, setCookies: [this.sessions.clearingCookie] };
    await this.sessions.end(session, 'logout');
    this.figures.logout('person');
    const state = randomBytes(24).toString('base64url');
    const atProvider = await this.endSessionUrl(session, state);
    if (!atProvider) return { location: SIGNED_OUT_PATH, setCookies: [this.sessions.clearingCookie] };
    return { location: atProvider.href, setCookies: [this.sessions.clearingCookie, this.stateCookie(state)] };
  }

  /** Origin of the provider's sign-out: where the form of our own page may end up. */
  async formTarget(session: GatewaySession): Promise<string | undefined> {
    return (await this.endSessionUrl(session, 'x'))?.origin;
  }

  /** Whether the provider came back from the sign-out that this browser began (RP-Initiated Logout 1.0 §3). */
  isReturn(cookies: string | undefined, state: string | undefined): boolean {
    const [kept, ...more] = cookieValues(cookies, this.site.logoutCookie);
    if (!kept || !state || more.length > 0) return false;
    const [one, other] = [Buffer.from(kept), Buffer.from(state)];
    return one.length === other.length && timingSafeEqual(one, other);
  }

  private async endSessionUrl({ record, tokens }: GatewaySession, state: string): Promise<URL | undefined> {
    const { loginHint } = tokens.identity;
    try {
      // The ID token would be the hint the specification prefers. It stays here: an address is in every history and log.
      const url = this.providers.get(record.provider).endSessionUrl({
        postLogoutRedirectUri: new URL(SIGNED_OUT_PATH, this.site.publicUrl).href,
        state,
        ...(loginHint === undefined ? {} : { loginHint }),
      });
      // Whoever signs out does not wait for a provider that hangs.
      return await Promise.race([url, sleep(PATIENCE_MS, undefined, { ref: false })]);
    } catch (error) {
      // The session here has ended, which is what was asked for; the page says that the provider's may still stand. A provider
      // may also have been taken out of the configuration since.
      if (!(error instanceof OidcError) && !(error instanceof UnknownProvider)) throw error;
      this.logger.warn('the provider does not say where to sign out', { provider: record.provider, error });
      return undefined;
    }
  }

  private stateCookie(state: string): string {
    const { logoutCookie } = this.site;
    const secure = logoutCookie.startsWith('__Host-') ? '; Secure' : '';
    return `${logoutCookie}=${state}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${LIFETIME_SECONDS}${secure}`;
  }
}
