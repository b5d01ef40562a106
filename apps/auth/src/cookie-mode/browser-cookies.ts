import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import type { RefreshTokens } from '../tokens/refresh-token.js';
import { cookieValues } from './cookie-header.js';
import type { SessionCookies } from './session-cookies.js';

/** The part of a request that holds cookies. */
export interface MayHoldCookies {
  readonly headers: { readonly cookie?: string | undefined };
}

/** Longer ones are no tokens of ours. */
const MAX_TOKEN_CHARACTERS = 8 * 1024;

/** Reads the cookies of a session. Nothing is found where cookie mode is off. */
export class BrowserCookies {
  constructor(
    private readonly cookies: Pick<SessionCookies, 'names'> | undefined,
    private readonly refreshTokens: Pick<RefreshTokens, 'parse'>,
  ) {}

  /** More than one is for nobody to choose from: a neighbouring host may have planted the other. */
  accessTokens({ headers }: MayHoldCookies): readonly string[] {
    return this.cookies ? cookieValues(headers.cookie, this.cookies.names.access) : [];
  }

  holdsRefreshToken({ headers }: MayHoldCookies): boolean {
    return this.cookies !== undefined && cookieValues(headers.cookie, this.cookies.names.refresh).length > 0;
  }

  /**
   * The refresh token of this very session. A neighbouring host can plant a cookie of this name, before or beside ours, but only with a
   * token of another session: one of its own, into which it would like to lead the person. Which session it must be, the access cookie
   * says, and that one no neighbour can plant.
   */
  refreshToken({ headers }: MayHoldCookies, sessionId: string): string | undefined {
    if (!this.cookies) return undefined;
    const ours = cookieValues(headers.cookie, this.cookies.names.refresh).filter((text) => {
      const parsed = this.refreshTokens.parse(text);
      return parsed?.genuine === true && parsed.sessionId === sessionId;
    });
    return ours.length === 1 ? ours[0] : undefined;
  }
}

/**
 * The session that an access token names. Unchecked: good for finding out what else must belong to it, never for letting anybody in.
 */
export function sessionNamedIn(accessToken: string): string | undefined {
  if (accessToken.length > MAX_TOKEN_CHARACTERS) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const { sid } = claims as { readonly sid?: unknown };
    return typeof sid === 'string' && SESSION_ID_PATTERN.test(sid) ? sid : undefined;
  } catch {
    return undefined;
  }
}
