import { deviceSetCookie } from '../devices/device-credential.js';
import { CookieTooLarge } from './cookie-mode.errors.js';
import { cookieNames, type CookieSettings } from './cookie-settings.js';

/** What browsers must be able to keep, at the least, counting name, value and attributes (RFC 6265 §6.1). */
const MAX_COOKIE_BYTES = 4096;

export interface KeptTokens {
  readonly accessToken: string;
  /** `undefined` leaves the one that the browser has, `null` takes it away. */
  readonly refreshToken: string | null | undefined;
  readonly deviceToken: string | undefined;
  /** After which the browser forgets them, in seconds; `undefined` when it is closed. */
  readonly maxAgeSeconds: number | undefined;
}

/**
 * The cookies of a session as `Set-Cookie` headers. Both last as long as the session rather than the token inside: an access token that
 * has run out still tells to which session the refresh token beside it must belong.
 */
export class SessionCookies {
  readonly names: { readonly access: string; readonly refresh: string };
  private readonly accessScope: string;
  private readonly refreshScope: string;

  constructor(settings: CookieSettings) {
    this.names = cookieNames(settings);
    const guarded = settings.isSecure ? 'HttpOnly; Secure' : 'HttpOnly';
    // Lax: a link to a page behind this host, followed from elsewhere, finds the person signed in. It takes more than a link to
    // change something. Nobody follows a link to the routes that take a refresh token.
    this.accessScope = `Path=/; ${guarded}; SameSite=Lax`;
    this.refreshScope = `Path=${settings.accountPath}; ${guarded}; SameSite=Strict`;
  }

  /** @throws {CookieTooLarge} */
  keep({ accessToken, refreshToken, deviceToken, maxAgeSeconds }: KeptTokens): string[] {
    const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${Math.max(0, Math.floor(maxAgeSeconds))}`;
    const cookies = [
      `${this.names.access}=${accessToken}; ${this.accessScope}${age}`,
      ...(typeof refreshToken === 'string'
        ? [`${this.names.refresh}=${refreshToken}; ${this.refreshScope}${age}`]
        : []),
      ...(refreshToken === null ? [this.forgetRefresh()] : []),
      ...(deviceToken === undefined ? [] : [deviceSetCookie(deviceToken)]),
    ];
    for (const cookie of cookies) {
      const bytes = Buffer.byteLength(cookie);
      if (bytes > MAX_COOKIE_BYTES) throw new CookieTooLarge(bytes);
    }
    return cookies;
  }

  /** Takes the session away from the browser. The device it is on stays known. */
  forget(): string[] {
    return [`${this.names.access}=; ${this.accessScope}; Max-Age=0`, this.forgetRefresh()];
  }

  private forgetRefresh(): string {
    return `${this.names.refresh}=; ${this.refreshScope}; Max-Age=0`;
  }
}
