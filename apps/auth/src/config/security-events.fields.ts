import { type ConfigOf, secretText } from '@gatehouse/config';
import { type ReadReceivers, readReceivers } from '../security-events/receivers/read-receivers.js';
import type { Receiver } from '../security-events/receivers/receiver.js';

/** Variables about telling others what has been revoked. */
export const securityEventFields = {
  SECURITY_EVENT_RECEIVERS: secretText()
    .optional()
    .describe(
      'Who is told of ended sessions and changed passwords, as YAML or JSON: a map of names to settings (docs/auth/security-events.md)',
    ),
};

type SecurityEventConfig = ConfigOf<typeof securityEventFields> & { readonly NODE_ENV: string };

function read({ SECURITY_EVENT_RECEIVERS: text, NODE_ENV }: SecurityEventConfig): ReadReceivers {
  if (text === undefined) return { receivers: [], faults: [] };
  return readReceivers(text.reveal(), NODE_ENV !== 'production');
}

/** The receivers of security events, none where none are given. */
export function receiversOf(config: SecurityEventConfig): readonly Receiver[] {
  return read(config).receivers;
}

/** Names and rules, never values. */
export function receiversAreSound(
  config: SecurityEventConfig & { readonly TOKEN_ALGORITHM: string },
): readonly string[] {
  const faults = read(config).faults.map((fault) => `SECURITY_EVENT_RECEIVERS ${fault}`);
  if (config.SECURITY_EVENT_RECEIVERS === undefined || config.TOKEN_ALGORITHM !== 'HS256') return faults;
  return [...faults, 'SECURITY_EVENT_RECEIVERS needs TOKEN_ALGORITHM=ES256: receivers check with the public keys'];
}
