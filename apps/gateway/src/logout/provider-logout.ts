import { AppError } from '@gatehouse/failures';
import type { LoginFigures } from '../login/login-figures.js';
import type { Providers } from '../login/providers.js';
import type { GatewaySessions } from '../sessions/gateway-session.js';

/** The provider's message is not one to act on. */
export class LogoutNotUnderstood extends AppError {
  readonly code = 'LOGOUT_TOKEN_INVALID';
}

const SID = /^[\x21-\x7e]{1,255}$/;
const MAX_TOKEN_CHARACTERS = 16_384;

/** Ends sessions because their provider says so. The auth service ends them, so every service hears of it. */
export class ProviderLogout {
  constructor(
    private readonly providers: Providers,
    private readonly sessions: GatewaySessions,
    private readonly figures: LoginFigures,
    /** Of providers that have but one: what a message means that names none. */
    private readonly issuers: ReadonlyMap<string, string>,
  ) {}

  /**
   * Back-channel (OpenID Connect Back-Channel Logout 1.0). The auth service verifies the token, and takes each once.
   *
   * @param tokens - every `logout_token` of the form
   * @throws {LogoutNotUnderstood} unless there is exactly one, and it is believed.
   */
  async byToken(provider: string, tokens: readonly string[]): Promise<void> {
    this.providers.get(provider);
    const [logoutToken, ...more] = tokens;
    if (!logoutToken || more.length > 0) throw new LogoutNotUnderstood('not exactly one logout token');
    if (logoutToken.length > MAX_TOKEN_CHARACTERS) throw new LogoutNotUnderstood('the logout token is too long');
    await this.sessions.endAtProvider({ provider, logoutToken });
    this.figures.logout('back-channel');
  }

  /**
   * Front-channel (OpenID Connect Front-Channel Logout 1.0). Nothing proves who sends it but the provider's session id, which
   * only the provider and we know; it ends sessions here and touches nothing at the provider.
   *
   * @throws {LogoutNotUnderstood} without `sid`, with one twice, or without `iss` where it could be one of many, or with one that is not this provider's.
   */
  async bySid(provider: string, query: Readonly<Record<string, unknown>>): Promise<void> {
    const client = this.providers.get(provider);
    const { sid, iss } = query;
    if (typeof sid !== 'string' || !SID.test(sid)) throw new LogoutNotUnderstood('no session is named');
    const issuer = iss ?? this.issuers.get(provider);
    if (typeof issuer !== 'string' || !client.acceptsIssuer(issuer)) {
      throw new LogoutNotUnderstood('not the issuer of this provider is named');
    }
    await this.sessions.endAtProvider({ provider, issuer, providerSessionId: sid });
    this.figures.logout('front-channel');
  }
}
