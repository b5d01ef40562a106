import type { Clock } from '@gatehouse/kernel';
import type { PathRules } from '../paths/canonical-path.js';
import type { RouteTable } from '../routes/route.js';
import type { PendingLogins } from '../sessions/pending-logins.port.js';
import { bindingCookie, hashOf, MAX_RETURNS, newBinding, readBinding } from './browser-binding.js';
import { LoginLoop } from './login.errors.js';
import type { LoginLimit } from './login-limit.js';
import { loginPath, type LoginWish } from './login-wish.js';
import { inOurWords, type Providers } from './providers.js';
import { returnPath } from './return-to.js';

export interface LoginSite {
  readonly publicUrl: URL;
  /** Name of the cookie that binds a login to its browser. */
  readonly loginCookie: string;
  /** @default all that is ambiguous is refused */
  readonly paths?: PathRules;
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
    private readonly limit: Pick<LoginLimit, 'admit'>,
  ) {}

  /**
   * The providers to choose from, each with the path at which its login begins; `undefined` where it is clear which one is meant. Nothing
   * is kept for somebody who chooses.
   */
  choices(wish: LoginWish): readonly { readonly label: string; readonly href: string }[] | undefined {
    if ((wish.provider ?? this.providers.defaultName) !== undefined) return undefined;
    // Not repeated on our page, unless it is where the login would lead back to.
    const returnTo = returnPath(wish.returnTo, this.routes(), this.site.paths);
    return this.providers.list().map(({ name, label }) => ({
      label,
      href: loginPath({ ...wish, provider: name, returnTo }),
    }));
  }

  /**
   * @param wish - says which provider where there are {@link choices}
   * @param from - the browser: its `Cookie` header as it came, and its address
   * @throws {LoginLoop} for a browser that has just come back again and again.
   * @throws {TooManyLogins} @throws {UnknownProvider}
   * @throws {ProviderUnavailable} when it cannot be found out where to send the browser.
   * @throws {SessionStoreUnavailable} when the login cannot be kept: nobody is sent away who could not come back.
   */
  async run(
    wish: LoginWish,
    { cookies, ipAddress }: { readonly cookies: string | undefined; readonly ipAddress: string },
  ): Promise<StartedLogin> {
    const nowMs = this.clock.nowMs();
    const { publicUrl, loginCookie, paths } = this.site;
    const binding = readBinding(cookies, loginCookie, nowMs) ?? newBinding(nowMs);
    if (binding.returns >= MAX_RETURNS) throw new LoginLoop();

    const name = wish.provider ?? this.providers.defaultName ?? '';
    const client = this.providers.get(name);
    await this.limit.admit(ipAddress);
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
    const returnTo = returnPath(wish.returnTo, table, paths) ?? returnPath('/', table) ?? SIGNED_IN_PATH;
    await this.pending.keep({ transaction, returnTo, browserHash: hashOf(binding.secret) });
    return { location: redirectTo.href, setCookie: bindingCookie(loginCookie, binding) };
  }
}
