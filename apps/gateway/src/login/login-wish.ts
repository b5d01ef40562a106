/** What a login is asked for. All of it may come from a stranger: none of it opens anything. */
export interface LoginWish {
  /** @default the default provider */
  readonly provider?: string | undefined;
  /** Path to come back to. @default `/` */
  readonly returnTo?: string | undefined;
  /** How long ago the person may have proved who they are, in seconds. */
  readonly maxAgeSeconds?: number | undefined;
  /** Authentication context asked for (`acr_values`). */
  readonly acr?: string | undefined;
  /** `select_account` lets the person choose another one at the provider. */
  readonly prompt?: 'login' | 'select_account' | undefined;
}

/** Path of our own at which such a login begins. */
export function loginPath({ provider, returnTo, maxAgeSeconds, acr, prompt }: LoginWish): string {
  const query = new URLSearchParams();
  if (provider !== undefined) query.set('provider', provider);
  if (returnTo !== undefined) query.set('returnTo', returnTo);
  if (maxAgeSeconds !== undefined) query.set('maxAge', String(maxAgeSeconds));
  if (acr !== undefined) query.set('acr', acr);
  if (prompt !== undefined) query.set('prompt', prompt);
  const text = query.toString();
  return text === '' ? '/_gw/login' : `/_gw/login?${text}`;
}
