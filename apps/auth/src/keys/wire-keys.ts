import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { AuthSecrets } from '../config/secrets.js';
import type { CurrentKey } from '../tokens/adapters/nest-jwt-token-signer.js';
import type { KeyBundleOutlet } from './bundle/key-bundle-outlet.port.js';
import { KeyBundlePublisher, type KeyBundleSettings } from './bundle/key-bundle-publisher.js';
import { KeyKeeper } from './rotation/key-keeper.js';
import { KeyRing } from './signing/key-ring.js';
import { NoKeysYet } from './keys.errors.js';
import type { SigningKeyStore } from './signing/signing-key-store.port.js';
import { trustAnchorsOf } from './bundle/trust-anchors.js';

export interface KeyParts {
  readonly signing: AuthSecrets['signing'];
  readonly store: SigningKeyStore;
  readonly outlets: readonly KeyBundleOutlet[];
  readonly settings: KeyBundleSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Keys {
  readonly ring: KeyRing;
  readonly publisher: KeyBundlePublisher;
  /** `undefined` where tokens are signed with a shared secret: then there is nothing to keep. Not started yet. */
  readonly keeper: KeyKeeper | undefined;
  /** @throws {NoKeysYet} while the database has not been reached since the start. */
  readonly current: () => CurrentKey;
  /** What readiness asks for. */
  readonly readiness: { active(): object | undefined; readonly version: number };
}

/** Everything about keys, for the way tokens are signed here. */
export function wireKeys({ signing, store, outlets, settings, clock, logger }: KeyParts): Keys {
  const ring = new KeyRing();
  if (signing.kind === 'shared-secret') {
    const shared = sharedKey(signing.secret);
    const publisher = new KeyBundlePublisher(ring, undefined, [], settings, clock);
    return {
      ring,
      publisher,
      keeper: undefined,
      current: () => shared,
      readiness: { active: () => shared, version: 0 },
    };
  }
  const publisher: KeyBundlePublisher = new KeyBundlePublisher(ring, signing.root, outlets, settings, clock, {
    confirm: async () => void (await keeper.refresh()),
    onNewer: (bundle) => keeper.hurry(bundle),
  });
  const keeper: KeyKeeper = new KeyKeeper(
    store,
    ring,
    publisher,
    { bundleFacts: fingerprint(settings, signing.root.trustAnchor), tokenSeconds: settings.maxTokenSeconds },
    clock,
    (error) => logger.warn('keys could not be brought up to date', { error }),
  );
  return { ring, publisher, keeper, current: () => activeKey(ring), readiness: ring };
}

/** Public root keys whose bundles count as our own: several while the root is being changed. */
export function anchorsOf(signing: AuthSecrets['signing'], others: string | undefined): readonly string[] {
  if (signing.kind !== 'root-key') return [];
  return [signing.root.trustAnchor, ...(others === undefined ? [] : (trustAnchorsOf(others) ?? []))];
}

function activeKey(ring: KeyRing): CurrentKey {
  const active = ring.active();
  if (!active) throw new NoKeysYet();
  return { kid: active.kid, algorithm: 'ES256', key: active.privateKey };
}

function sharedKey(secret: string): CurrentKey {
  // Names the secret without telling it, so that a key revocation can name it too.
  const kid = createHmac('sha256', secret).update('gatehouse key id').digest('hex').slice(0, 16);
  return { kid, algorithm: 'HS256', key: createSecretKey(Buffer.from(secret, 'utf8')) };
}

/** Of everything the key bundle says beside the keys, and of who signs it. */
function fingerprint({ issuer, audience, maxTokenSeconds }: KeyBundleSettings, trustAnchor: string): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, audience, maxTokenSeconds, trustAnchor]))
    .digest('hex');
}
