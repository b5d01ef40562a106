import type { Clock } from '@gatehouse/kernel';
import type { RouteTable } from '../routes/route.js';
import type { PendingLogins } from '../sessions/pending-logins.port.js';
import { bindingCookie, hashOf, MAX_RETURNS, newBinding, readBinding } from './browser-binding.js';
import { LoginLoop } from './login.errors.js';
import type { LoginWish } from './login-wish.js';
import { inOurWords, type Providers } from './providers.js';
import { returnPath } from './return-to.js';

export interface LoginSite {
  readonly publicUrl: URL;
  /** Name of the cookie that binds a login to its browser. */
  readonly loginCookie: string;
}

export interface StartedLogin {
  /** At the provider. */
  readonly location: string;
  readonly setCookie: string;
}

/** Where a provider sends the browser back to. Registered there, to the letter. */
export const callbackPath = (provider: string) => `/_gw/callback/${provider}`;

/** Where somebody lands for whom no path was kept, and whose site has no front page. */
export const SIGNED_IN_PATH = '/_gw/signed-in';

/** Sends a browser to a provider, and keeps what its return must match. */
export class LoginStarter {
  constructor(
    private readonly providers: Providers,
    private readonly pending: PendingLogins,
    private readonly routes: () => RouteTable,
    private readonly clock: Clock,
    private readonly site: LoginSite,
  ) {}

  /**
   * @param cookies - the `Cookie` header as it came
   * @throws {LoginLoop} for a browser that has just come back again and again.
   * @throws {UnknownProvider}
   * @throws {ProviderUnavailable} when it cannot be found out where to send the browser.
   * @throws {SessionStoreUnavailable} when the login cannot be kept: nobody is sent away who could not come back.
   */
  async run(wish: LoginWish, cookies: string | undefined): Promise<StartedLogin> {
    const nowMs = this.clock.nowMs();
    const { publicUrl, loginCookie } = this.site;
    const binding = readBinding(cookies, loginCookie, nowMs) ?? newBinding(nowMs);
    if (binding.returns >= MAX_RETURNS) throw new LoginLoop();

    const name = wish.provider ?? this.providers.defaultName;
    const client = this.providers.get(name);
    const options = {
      redirectUri: new URL(callbackPath(name), publicUrl).href,
      ...(wish.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: wish.maxAgeSeconds }),
      ...(wish.acr === undefined ? {} : { acrValues: wish.acr }),
      ...(wish.prompt === undefined ? {} : { prompt: wish.prompt }),
    };
    const { redirectTo, transaction } = await client.start(options).catch((error: unknown) => {
      throw inOurWords(error);
    });
    const table = this.routes();
    const returnTo = returnPath(wish.returnTo, table) ?? returnPath('/', table) ?? SIGNED_IN_PATH;
    await this.pending.keep({ transaction, returnTo, browserHash: hashOf(binding.secret) });
    return { location: redirectTo.href, setCookie: bindingCookie(loginCookie, binding) };
  }
}
