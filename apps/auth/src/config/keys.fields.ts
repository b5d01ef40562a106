import { integer, seconds, secret, text } from '@gatehouse/config';
import { trustAnchorsOf } from '../keys/bundle/trust-anchors.js';

/** Least head start that validators and clients with a cache of their own need in production, in seconds. */
const LEAST_PUBLISH_AHEAD_SECONDS = 120;

export const keyFields = {
  KEY_ROTATION_DAYS: integer({ min: 0, max: 3_650 })
    .default('30')
    .describe('A signing key is replaced after so many days; 0 leaves it to `npm run keys:rotate` and administrators'),
  KEY_PUBLISH_AHEAD: seconds({ min: 1, max: 2_592_000 })
    .default('24h')
    .describe('A signing key is published at least this long before it signs: longer than anybody keeps a JWKS'),
  KEY_ENCRYPTION_KEY_OTHER: secret({ minBytes: 32 })
    .optional()
    .describe('While KEY_ENCRYPTION_KEY is being changed: the other of the two, which is accepted but not used'),
  ROOT_TRUST_ANCHORS: text({ maxLength: 4_096 })
    .optional()
    .describe(
      'While ROOT_SIGNING_KEY is being changed: public half of the other one (base64 DER), or several, with commas',
    ),
};

interface KeyValues {
  readonly NODE_ENV: string;
  readonly KEY_ROTATION_DAYS: number;
  readonly KEY_PUBLISH_AHEAD: number;
  readonly KEY_ENCRYPTION_KEY?: { reveal(): string } | undefined;
  readonly KEY_ENCRYPTION_KEY_OTHER?: { reveal(): string } | undefined;
  readonly ROOT_TRUST_ANCHORS?: string | undefined;
}

/** What must hold between them. */
export function keyFaults(config: KeyValues): string[] {
  const faults: string[] = [];
  const days = config.KEY_ROTATION_DAYS;
  if (days > 0 && config.KEY_PUBLISH_AHEAD > days * 86_400) {
    faults.push('KEY_PUBLISH_AHEAD must not exceed KEY_ROTATION_DAYS');
  }
  if (config.NODE_ENV === 'production' && config.KEY_PUBLISH_AHEAD < LEAST_PUBLISH_AHEAD_SECONDS) {
    faults.push(`KEY_PUBLISH_AHEAD must be at least ${LEAST_PUBLISH_AHEAD_SECONDS} s in production`);
  }
  const other = config.KEY_ENCRYPTION_KEY_OTHER?.reveal();
  if (other !== undefined && Buffer.from(other, 'base64').length !== 32) {
    faults.push('KEY_ENCRYPTION_KEY_OTHER must be 32 bytes in base64');
  }
  if (other !== undefined && other === config.KEY_ENCRYPTION_KEY?.reveal()) {
    faults.push('KEY_ENCRYPTION_KEY_OTHER must differ from KEY_ENCRYPTION_KEY');
  }
  if (config.ROOT_TRUST_ANCHORS !== undefined && !trustAnchorsOf(config.ROOT_TRUST_ANCHORS)) {
    faults.push('ROOT_TRUST_ANCHORS must be P-256 public keys in base64 DER, with commas between them');
  }
  return faults;
}
