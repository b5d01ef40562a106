import { randomBytes } from 'node:crypto';
import {
  allowInsecureRequests,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  Configuration,
  type ServerMetadata,
} from 'openid-client';
import type { ProviderMetadata } from '../provider/metadata.js';
import type { ProviderSettings } from '../provider/provider-settings.js';
import type { LoginTransaction, StartOptions } from './oidc-client.port.js';
import { OidcError } from './oidc-error.js';

/** How long somebody may take at the provider. */
export const MAX_TRANSACTION_MS = 600_000;

/** 256 bits in base64url. */
const SECRET = /^[\w-]{43,}$/;

export async function startLogin(
  provider: string,
  options: StartOptions,
  settings: ProviderSettings,
  metadata: ProviderMetadata,
  nowMs: number,
): Promise<{ redirectTo: URL; transaction: LoginTransaction }> {
  const { maxAgeSeconds, acrValues } = options;
  const transaction: LoginTransaction = {
    provider,
    state: secret(),
    nonce: secret(),
    codeVerifier: secret(),
    redirectUri: plainAddress(options.redirectUri),
    ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
    ...(acrValues !== undefined && { acrValues }),
    startedAtMs: nowMs,
  };
  const redirectTo = buildAuthorizationUrl(configurationFor(metadata, settings), {
    redirect_uri: transaction.redirectUri,
    scope: settings.scopes.join(' '),
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await calculatePKCECodeChallenge(transaction.codeVerifier),
    code_challenge_method: 'S256',
    ...(options.prompt !== undefined && { prompt: options.prompt }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
    ...(options.loginHint !== undefined && { login_hint: options.loginHint }),
    ...(acrValues !== undefined && { acr_values: acrValues }),
  });
  return { redirectTo, transaction };
}

/** @throws {OidcError} where the transaction is of another provider, too old, or not one of ours at all. */
export function checkTransaction(transaction: LoginTransaction, provider: string, nowMs: number): void {
  const { state, nonce, codeVerifier } = transaction;
  // An empty state would be equal to none.
  const isOurs = transaction.provider === provider && [state, nonce, codeVerifier].every((each) => SECRET.test(each));
  if (!isOurs) throw new OidcError('refused', 'STATE_MISMATCH', 'the sign-in did not begin at this provider');
  const ageMs = nowMs - transaction.startedAtMs;
  if (!(ageMs >= -MAX_TRANSACTION_MS && ageMs <= MAX_TRANSACTION_MS)) {
    throw new OidcError('refused', 'TRANSACTION_EXPIRED', 'the sign-in took longer than ten minutes');
  }
}

/** For addresses the browser is sent to; the token endpoint has its own. */
export function configurationFor(metadata: ProviderMetadata, settings: ProviderSettings): Configuration {
  const configuration = new Configuration({ ...metadata } as ServerMetadata, settings.clientId);
  if (settings.allowInsecure) allowInsecureRequests(configuration);
  return configuration;
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function plainAddress(redirectUri: string): string {
  const url = URL.canParse(redirectUri) ? new URL(redirectUri) : undefined;
  if (!url || url.search !== '' || url.hash !== '' || url.href !== redirectUri) {
    throw new TypeError('redirectUri must be an absolute address in its normal form, without query and fragment');
  }
  return redirectUri;
}
