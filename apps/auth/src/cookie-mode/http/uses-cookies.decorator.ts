import { SetMetadata } from '@nestjs/common';

/** `sign-in` may ask for cookies, `refresh` lives on the one with the refresh token, `sign-out` works with whatever is left. */
export type CookieUse = 'sign-in' | 'refresh' | 'sign-out';

export const COOKIE_USE = 'cookie-mode:use';

/**
 * For the few routes that no token guards and that deal in cookies all the same. Guarded routes need no mark: whatever tokens they
 * answer with end up in cookies when the request came with cookies.
 */
export const UsesCookies = (use: CookieUse) => SetMetadata(COOKIE_USE, use);
