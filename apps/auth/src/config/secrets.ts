import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@gatehouse/observability';
import { RootKey } from '../keys/bundle/root-key.js';
import type { AuthSettings } from './auth.config.js';
import { embeddedSecrets } from './embedded-secrets.js';

/** The secrets a running service works with. */
export interface AuthSecrets {
  /** 32 bytes; every purpose derives a key of its own from it. */
  readonly masterKey: Buffer;
  /** While the master key is being changed: opens and recognises what was made with the other one. */
  readonly otherMasterKey: Buffer | undefined;
  /** How access tokens are signed. */
  readonly signing:
    { readonly kind: 'root-key'; readonly root: RootKey } | { readonly kind: 'shared-secret'; readonly secret: string };
}

/**
 * The secrets that were given; on a developer's machine those kept in the data directory, made on first use. The configuration
 * has seen to it that nothing is made up where others rely on it.
 */
export async function secretsOf(settings: AuthSettings, logger: Logger): Promise<AuthSecrets> {
  const { KEY_ENCRYPTION_KEY: sealing, ROOT_SIGNING_KEY: rootKey, DATA_DIR: dataDir } = settings;
  const isHs256 = settings.TOKEN_ALGORITHM === 'HS256';
  const isGiven = sealing !== undefined && (rootKey !== undefined || isHs256);
  const kept = isGiven ? undefined : await embeddedSecrets(dataDir);
  if (kept && kept.created.length > 0) logger.info('made keys for this machine', { files: kept.created });

  const masterKey = Buffer.from(sealing?.reveal() ?? kept?.keyEncryptionKey ?? '', 'base64');
  const other = settings.KEY_ENCRYPTION_KEY_OTHER?.reveal();
  const otherMasterKey = other === undefined ? undefined : Buffer.from(other, 'base64');
  if (isHs256) {
    logger.warn('tokens are signed with JWT_SECRET: every service that holds it can forge them');
    return {
      masterKey,
      otherMasterKey,
      signing: { kind: 'shared-secret', secret: settings.JWT_SECRET?.reveal() ?? '' },
    };
  }
  const root = RootKey.parse(rootKey?.reveal() ?? kept?.rootSigningKey ?? '');
  // Public: other services on this machine pick it up from here.
  if (kept) await writeFile(join(dataDir, 'trust-anchor.txt'), `${root.trustAnchor}\n`);
  return { masterKey, otherMasterKey, signing: { kind: 'root-key', root } };
}
