/** A session that the auth service has opened for somebody who proved who they are at a provider. */
export interface OpenedSession {
  readonly userId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAtMs: number;
  readonly refreshToken: string;
  /** Absolute end of the session. */
  readonly expiresAtMs: number;
}

export interface FederatedSignIn {
  readonly provider: string;
  /** The auth service verifies it by itself, and takes it once. */
  readonly idToken: string;
  readonly nonce: string;
  /** Of the browser. */
  readonly client: { readonly ipAddress: string; readonly userAgent: string };
}

/** A logout that came from a provider: its logout token, or what a front-channel logout names. */
export type FederatedSignOut =
  | { readonly provider: string; readonly logoutToken: string }
  | { readonly provider: string; readonly issuer: string; readonly providerSessionId: string };

export type RefreshAnswer =
  | {
      readonly kind: 'refreshed';
      readonly accessToken: string;
      readonly accessTokenExpiresAtMs: number;
      readonly refreshToken: string;
    }
  /** The session is over, and no retry changes that. `code` is the auth service's own. */
  | { readonly kind: 'ended'; readonly code: string };

/**
 * What the gateway asks of the auth service. Each call takes at most two seconds.
 *
 * @throws {AuthServiceUnavailable} from every method, when no answer came that could be understood.
 */
export abstract class AuthService {
  /** Never repeated by itself: the ID token works once. @throws {SignInRefused} */
  abstract signIn(signIn: FederatedSignIn): Promise<OpenedSession>;

  /**
   * Hands in the ID token of a refresh, for the roles in it to count everywhere. Never repeated by itself: it works once.
   *
   * @throws {RolesRefused}
   */
  abstract takeOverRoles(said: { readonly provider: string; readonly idToken: string }): Promise<void>;

  /** Ends every session of that provider's session, or person. @throws {LogoutRefused} */
  abstract signOutAtProvider(notice: FederatedSignOut): Promise<void>;

  /** @param accessToken - the one that is to be replaced; tells on whose account the call counts, and decides nothing */
  abstract refresh(refreshToken: string, accessToken: string): Promise<RefreshAnswer>;

  /**
   * Ends a session everywhere. Harmless to repeat; an access token that has expired will do.
   *
   * @returns `false` where the auth service does not take the token for one of a session of its own.
   */
  abstract signOut(accessToken: string): Promise<boolean>;

  abstract close(): Promise<void>;
}
