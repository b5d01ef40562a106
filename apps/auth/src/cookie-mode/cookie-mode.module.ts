import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { OwnTokens } from '../access/own-tokens.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { BrowserCookies } from './browser-cookies.js';
import { CookieGuard } from './http/cookie.guard.js';
import { CookieInterceptor } from './http/cookie.interceptor.js';
import type { CookieSettings } from './cookie-settings.js';
import { CsrfController } from './http/csrf.controller.js';
import { CsrfTokens } from './csrf-tokens.js';
import { EndReplacedSession } from './end-replaced-session.js';
import { RecogniseBrowser } from './recognise-browser.js';
import { SessionCookies } from './session-cookies.js';

export interface CookieModeSettings {
  /** `undefined` where cookie mode is off. */
  readonly cookies: CookieSettings | undefined;
  /** 32 bytes, shared by all instances. */
  readonly masterKey: Buffer;
  readonly otherMasterKey: Buffer | undefined;
}

/**
 * Cookies in place of bearer tokens, for browsers. Before the rooms that guard and count: by the time they look, a cookie is a token like
 * any other. Where it is off, all that is left is the refusal to sign in that way.
 */
@Module({})
export class CookieModeModule {
  static register({ cookies: settings, masterKey, otherMasterKey }: CookieModeSettings): DynamicModule {
    const cookies = settings && new SessionCookies(settings);
    return {
      module: CookieModeModule,
      global: true,
      controllers: [CsrfController],
      providers: [
        bind(CsrfTokens, new CsrfTokens(masterKey, otherMasterKey)),
        {
          provide: BrowserCookies,
          inject: [RefreshTokens],
          useFactory: (refreshTokens: RefreshTokens) => new BrowserCookies(cookies, refreshTokens),
        },
        {
          provide: RecogniseBrowser,
          inject: [BrowserCookies, OwnTokens],
          useFactory: (browser: BrowserCookies, own: OwnTokens) =>
            new RecogniseBrowser(settings !== undefined, browser, own),
        },
        {
          provide: APP_GUARD,
          inject: [Reflector, BrowserCookies, CsrfTokens],
          useFactory: (reflector: Reflector, browser: BrowserCookies, csrf: CsrfTokens) =>
            new CookieGuard(reflector, settings?.origins, browser, csrf),
        },
        ...(cookies ? delivery(cookies) : []),
      ],
      exports: [BrowserCookies],
    };
  }
}

function delivery(cookies: SessionCookies): Provider[] {
  return [
    provide(EndReplacedSession, [SessionStore, RevokeSessions, AuditLog]),
    {
      provide: APP_INTERCEPTOR,
      inject: [CsrfTokens, SessionStore, EndReplacedSession, Clock],
      useFactory: (csrf: CsrfTokens, sessions: SessionStore, endReplaced: EndReplacedSession, clock: Clock) =>
        new CookieInterceptor(cookies, csrf, sessions, endReplaced, clock),
    },
  ];
}
