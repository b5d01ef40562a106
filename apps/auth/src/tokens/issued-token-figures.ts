import type { Metrics } from '@gatehouse/observability';
import type { IssuedTokenKind } from './access-token-issuer.js';

/** @returns what counts an access token that was issued */
export function countIssuedTokens(metrics: Metrics): (kind: IssuedTokenKind) => void {
  const issued = metrics.counter({
    name: 'auth_access_tokens_issued_total',
    help: 'Access tokens issued, by for whom: a person, somebody in a person’s place, or a service',
    labels: ['kind'],
  });
  return (kind) => issued.inc({ kind });
}
