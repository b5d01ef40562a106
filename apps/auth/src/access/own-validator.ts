import type { FeedLog } from '@gatehouse/revocation-log';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { OwnReceipts } from '../receipts/own-receipts.js';
import type { ReceiptBoard } from '../receipts/receipt-board.port.js';
import type { KeyBundlePublisher } from '../keys/bundle/key-bundle-publisher.js';
import type { KeyRing } from '../keys/signing/key-ring.js';
import type { AccessSettings } from './access-settings.js';
import { InProcessFeed } from './in-process-feed.js';
import { OwnKeySource } from './own-key-source.js';
import { type OwnKey, OwnTokens } from './own-tokens.js';

/** The validator every other service uses, fed from inside: what is refused there is refused here. */
export function ownValidator(
  settings: AccessSettings,
  log: FeedLog,
  publisher: KeyBundlePublisher,
  receipts: ReceiptBoard,
  warn: (message: string) => void,
): SessionValidator {
  const { issuer, audience, maxTokenSeconds, trust } = settings;
  const expected = {
    issuer,
    audience,
    maxTokenSeconds,
    feed: new InProcessFeed(log, () => performance.now()),
    receipts: new OwnReceipts(receipts),
    serviceName: 'auth',
    warn,
  };
  return trust.kind === 'shared-secret'
    ? createSessionValidator({ ...expected, jwtSecret: trust.secret })
    : createSessionValidator({
        ...expected,
        trustAnchor: trust.trustAnchor,
        keySource: new OwnKeySource(publisher),
      });
}

export function ownTokens({ issuer, trust }: AccessSettings, ring: KeyRing): OwnTokens {
  if (trust.kind === 'root-key') return new OwnTokens(() => ring.published(), issuer);
  const shared: OwnKey = { kty: 'oct', alg: 'HS256', k: Buffer.from(trust.secret).toString('base64url') };
  return new OwnTokens(() => [shared], issuer);
}
