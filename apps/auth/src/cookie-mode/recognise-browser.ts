import { MalformedCredentials } from '../access/bearer.decorator.js';
import { TokenRefused } from '../access/access.errors.js';
import type { OwnTokens } from '../access/own-tokens.js';
import { type BrowserCookies, type MayHoldCookies, sessionNamedIn } from './browser-cookies.js';
import { NothingHere } from './cookie-mode.errors.js';

/**
 * Finds out whose session the cookies of a request are of, expired access tokens included. Who could have a proof made out for the mere
 * id of somebody's session, which is no secret, would have what keeps foreign pages out; so the cookies must be ones we have issued.
 */
export class RecogniseBrowser {
  constructor(
    private readonly isOn: boolean,
    private readonly cookies: BrowserCookies,
    private readonly ownTokens: Pick<OwnTokens, 'read'>,
  ) {}

  /**
   * @returns the id of the session, which may have ended.
   * @throws {NothingHere} where cookie mode is off.
   * @throws {TokenRefused} {MalformedCredentials}
   */
  run(request: MayHoldCookies): string {
    if (!this.isOn) throw new NothingHere('cookie mode is off');
    const [accessToken, ...others] = this.cookies.accessTokens(request);
    if (accessToken === undefined) throw new TokenRefused('TOKEN_MISSING');
    if (others.length > 0) throw new MalformedCredentials();
    const own = this.ownTokens.read(accessToken);
    if (own) return own.sessionId;
    // Signed with a key that has been withdrawn since; the refresh token beside it is good as long as the session.
    const sessionId = sessionNamedIn(accessToken);
    if (sessionId !== undefined && this.cookies.refreshToken(request, sessionId) !== undefined) return sessionId;
    throw new TokenRefused('TOKEN_INVALID');
  }
}
