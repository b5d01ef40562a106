/** Somebody at an identity provider, linked to a user here. */
export interface LinkedIdentity {
  /** 32 hex digits; names it to its owner. */
  readonly id: string;
  readonly userId: number;
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** `ExternalIdentity.key`. */
  readonly key: string;
  /** As the provider calls the person, for display; proves nothing. */
  readonly label: string | null;
  /** Roles the user has because the provider said so, and for no other reason. */
  readonly grantedRoles: readonly string[];
  readonly linkedAtMs: number;
  readonly lastUsedAtMs: number;
}

export type NewIdentity = Omit<LinkedIdentity, 'userId'>;

/** Which session here came of which session there. */
export interface FederatedSession {
  readonly sessionId: string;
  readonly userId: number;
  readonly identityId: string;
  readonly provider: string;
  /** See {@link providerSessionPrint}; `null` where the provider names none. */
  readonly providerSessionPrint: string | null;
  /** See {@link subjectPrint}. */
  readonly subjectPrint: string;
  readonly openedAtMs: number;
  /** When it ends at the latest, in ms: nothing has to be remembered of it beyond. */
  readonly expiresAtMs: number;
}

/** What a logout at a provider ends: one session there, or all of a person, opened up to an instant. */
export interface ProviderLogout {
  readonly providerSessionPrint?: string;
  /** Beside a session: whose it must be. */
  readonly subjectPrint?: string;
  /** Sessions opened later are left alone, in ms. */
  readonly openedUpToMs?: number;
  /** Of all of a person: what the provider issued earlier opens none any more, in ms. */
  readonly provenBeforeMs?: number;
}
