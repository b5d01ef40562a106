import type { FastifyRequest } from 'fastify';
import type { CallerFacts } from '../../access/caller.decorator.js';
import type { OwnTokens } from '../../access/own-tokens.js';
import type { BrowserCookies } from '../../cookie-mode/browser-cookies.js';
import { CookieTooLarge } from '../../cookie-mode/cookie-mode.errors.js';
import type { EndReplacedSession } from '../../cookie-mode/end-replaced-session.js';
import type { SessionCookies } from '../../cookie-mode/session-cookies.js';
import { presentedDeviceToken } from '../../devices/device-credential.js';
import { ProviderNotFound } from '../federation.errors.js';
import type { Returned } from '../browser/finish-in-browser.js';
import type { FederatedSignIn } from '../sign-in/federated-sign-in.js';

/** Signs a browser in that lives on cookies. */
export class BrowserEntry {
  /** @param cookies - `undefined` where cookie mode is off */
  constructor(
    private readonly cookies: SessionCookies | undefined,
    private readonly browserCookies: Pick<BrowserCookies, 'accessTokens'>,
    private readonly ownTokens: Pick<OwnTokens, 'read'>,
    private readonly signIn: Pick<FederatedSignIn, 'run'>,
    private readonly endReplaced: Pick<EndReplacedSession, 'run'>,
  ) {}

  get isOpen(): boolean {
    return this.cookies !== undefined;
  }

  /**
   * @returns values of `Set-Cookie`.
   * @throws what a federated sign-in throws; {@link CookieTooLarge}.
   */
  async run({ provider, identity }: Returned, request: FastifyRequest, caller: CallerFacts): Promise<string[]> {
    if (!this.cookies) throw new ProviderNotFound();
    const { sessionId, accessToken, deviceToken, recorded } = await this.signIn.run({
      provider,
      identity,
      clientId: 'web',
      deviceToken: presentedDeviceToken(request),
      userAgent: request.headers['user-agent'] ?? '',
      ...caller,
    });
    try {
      const cookies = this.cookies.keep({
        accessToken: accessToken.token,
        refreshToken: recorded.refreshToken,
        deviceToken,
        maxAgeSeconds: undefined,
      });
      await this.endBefore(request, sessionId, caller);
      return cookies;
    } catch (failure) {
      // Nobody has got its tokens, so nobody could end it.
      if (failure instanceof CookieTooLarge) await this.endReplaced.run({ sessionId, ...caller });
      throw failure;
    }
  }

  /** What was signed in here before dies with its cookie (ASVS 7.2.4); only where the cookie is one we issued. */
  private async endBefore(request: FastifyRequest, sessionId: string, caller: CallerFacts): Promise<void> {
    const [before, ...others] = this.browserCookies.accessTokens(request);
    const own = before === undefined || others.length > 0 ? undefined : this.ownTokens.read(before);
    if (own && own.sessionId !== sessionId) await this.endReplaced.run({ sessionId: own.sessionId, ...caller });
  }
}
