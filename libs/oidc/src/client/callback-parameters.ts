import type { IssuerRule } from '../provider/issuer-rule.js';
import type { ProviderMetadata } from '../provider/metadata.js';
import { isSame } from '../tokens/id-token.js';
import type { LoginTransaction } from './oidc-client.port.js';
import { OidcError } from './oidc-error.js';
import { deniedBy } from './provider-refusal.js';

const NAMES = ['state', 'code', 'iss', 'error', 'response', 'id_token', 'access_token', 'token'] as const;

export interface Callback {
  readonly code: string;
  /** Named by the provider (RFC 9207); the ID token must be of the same. */
  readonly issuer: string | undefined;
}

/** What the browser brought back, believed only where it belongs to this transaction and this provider. */
export function readCallback(
  callbackUrl: URL,
  transaction: LoginTransaction,
  metadata: ProviderMetadata,
  rule: IssuerRule,
): Callback {
  if (`${callbackUrl.origin}${callbackUrl.pathname}` !== new URL(transaction.redirectUri).href) {
    throw new OidcError('refused', 'STATE_MISMATCH', 'the browser came back to another address than it was sent from');
  }
  const given = singleParameters(callbackUrl.searchParams);
  if (!isSame(given.state ?? '', transaction.state)) {
    throw new OidcError('refused', 'STATE_MISMATCH', 'the answer belongs to no sign-in of this browser');
  }
  checkIssuer(given.iss, metadata, rule);
  if (given.error !== undefined) throw deniedBy(given.error);
  if (given.response ?? given.id_token ?? given.access_token ?? given.token) {
    throw new OidcError('refused', 'PROVIDER_ERROR', 'the provider answered with more than a code');
  }
  if (!given.code || given.code.length > 4_096) {
    throw new OidcError('refused', 'PROVIDER_ERROR', 'the provider answered without a code');
  }
  return { code: given.code, issuer: given.iss };
}

/** Of two values under one name, two readers may take different ones. */
function singleParameters(search: URLSearchParams): Partial<Record<(typeof NAMES)[number], string>> {
  for (const name of NAMES) {
    if (search.getAll(name).length > 1) {
      throw new OidcError('refused', 'PROVIDER_ERROR', `the provider answered with several parameters ${name}`);
    }
  }
  return Object.fromEntries(NAMES.flatMap((name) => (search.has(name) ? [[name, search.get(name)]] : [])));
}

/** RFC 9207, section 2.4: an answer of another provider is not taken to this one's token endpoint. */
function checkIssuer(issuer: string | undefined, metadata: ProviderMetadata, rule: IssuerRule): void {
  const isMissing = issuer === undefined && metadata.authorization_response_iss_parameter_supported === true;
  const isOther = issuer !== undefined && issuer !== metadata.issuer && !rule.acceptsIssuer(issuer);
  if (isMissing || isOther) throw new OidcError('refused', 'ISSUER_MISMATCH', 'the answer is not of this provider');
}
