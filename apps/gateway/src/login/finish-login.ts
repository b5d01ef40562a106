import { AppError } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { OidcClient } from '@gatehouse/oidc';
import type { GatewaySessions } from '../sessions/gateway-session.js';
import type { PendingLogins } from '../sessions/pending-logins.port.js';
import { bindingCookie, isSameBrowser, newBinding, readBinding, withOneMoreReturn } from './browser-binding.js';
import { LoginExpired, OtherBrowser } from './login.errors.js';
import { inOurWords, type Providers } from './providers.js';
import type { LoginFigures } from './login-figures.js';
import type { LoginSite } from './start-login.js';

/** A browser that has come back from a provider. */
export interface Return {
  readonly provider: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly cookies: string | undefined;
  readonly ipAddress: string;
  readonly userAgent: string;
}

export interface FinishedLogin {
  /** Path of this site. */
  readonly returnTo: string;
  readonly setCookies: readonly string[];
}

/** Turns what a provider sent back into an open session. */
export class LoginFinisher {
  constructor(
    private readonly providers: Providers,
    private readonly pending: PendingLogins,
    private readonly sessions: GatewaySessions,
    private readonly clock: Clock,
    private readonly site: LoginSite,
    private readonly told: { readonly logger: Logger; readonly figures: LoginFigures },
  ) {}

  /** The cookie that counts this return, to be set whatever comes of it. */
  countingCookie(cookies: string | undefined): string {
    const nowMs = this.clock.nowMs();
    const binding = readBinding(cookies, this.site.loginCookie, nowMs) ?? newBinding(nowMs);
    return bindingCookie(this.site.loginCookie, withOneMoreReturn(binding));
  }

  /**
   * @throws {LoginExpired} for a state nobody began, that took too long or was used before.
   * @throws {OtherBrowser}
   * @throws {ProviderSaidNo} @throws {ProviderNotBelieved} @throws {ProviderUnavailable}
   * @throws what the auth service says about the person: `ACCOUNT_DISABLED`, `SIGN_UP_CLOSED`, `SESSION_LIMIT` …
   */
  async run(come: Return): Promise<FinishedLogin> {
    const client = this.providers.get(come.provider);
    const { figures } = this.told;
    try {
      const finished = await this.finish(come, client);
      figures.login(come.provider, 'ok');
      return finished;
    } catch (error) {
      figures.login(come.provider, error instanceof AppError ? error.code : 'INTERNAL_ERROR');
      throw error;
    }
  }

  private async finish(come: Return, client: OidcClient): Promise<FinishedLogin> {
    const { provider, target, cookies, ipAddress, userAgent } = come;
    const callbackUrl = new URL(target, this.site.publicUrl);
    const states = callbackUrl.searchParams.getAll('state');
    // Taken before anything else is looked at: whatever comes of it, this state works once.
    const [state] = states;
    const login = states.length === 1 && state ? await this.pending.take(state) : undefined;
    if (login?.transaction.provider !== provider) throw new LoginExpired();
    const binding = readBinding(cookies, this.site.loginCookie, this.clock.nowMs());
    if (!isSameBrowser(binding, login.browserHash)) throw new OtherBrowser();

    const { transaction, returnTo } = login;
    const { identity, tokens } = await client.finish(callbackUrl, transaction).catch((error: unknown) => {
      throw inOurWords(error);
    });
    const { nonce } = transaction;
    const opened = await this.sessions.open({ provider, identity, tokens, nonce, ipAddress, userAgent });
    await this.endFormer(cookies);
    return { returnTo, setCookies: [opened.setCookie] };
  }

  /** A new proof makes a new session; the one before has served (ASVS 7.2.4). Best effort: it ends by itself in time. */
  private async endFormer(cookies: string | undefined): Promise<void> {
    try {
      const former = await this.sessions.look(cookies, { kind: 'deny' });
      if (former.kind === 'live') await this.sessions.end(former.session, 'replaced');
    } catch (error) {
      this.told.logger.warn('the session before could not be ended', { error });
    }
  }
}
