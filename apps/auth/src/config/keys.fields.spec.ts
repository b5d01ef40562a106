import { ConfigError, loadConfig } from '@gatehouse/config';
import { RootKey } from '../keys/bundle/root-key.js';
import { authConfig } from './auth.config.js';
import { generateSecrets } from './embedded-secrets.js';

const [one, two] = [generateSecrets(), generateSecrets()];
const anchor = RootKey.parse(two.rootSigningKey).trustAnchor;
const production = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://auth.example.test',
  DATABASE_URL: 'mysql://auth:q8Zt0xY5@db.internal:3306/auth',
  REDIS_URL: 'redis://cache.internal:6379',
  KEY_ENCRYPTION_KEY: one.keyEncryptionKey,
  ROOT_SIGNING_KEY: one.rootSigningKey,
};

function faultsAbout(env: Record<string, string>): string {
  try {
    loadConfig(authConfig, env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.filter((fault) => /KEY_|ROOT_/.test(fault)).join();
    throw error;
  }
}

describe('settings of signing keys', () => {
  it('are a month and a day unless told', () => {
    expect(loadConfig(authConfig, {})).toMatchObject({ KEY_ROTATION_DAYS: 30, KEY_PUBLISH_AHEAD: 86_400 });
  });

  it('may name the other key of each kind while it is being changed', () => {
    const changing = { KEY_ENCRYPTION_KEY_OTHER: two.keyEncryptionKey, ROOT_TRUST_ANCHORS: `${anchor}, ${anchor}` };
    expect(faultsAbout({ ...production, ...changing })).toBe('');
  });

  it.each([
    ['a head start longer than the life before it', { KEY_ROTATION_DAYS: '1', KEY_PUBLISH_AHEAD: '2d' }],
    ['a head start of a minute in production', { KEY_PUBLISH_AHEAD: '1m' }],
    ['a rotation before the beginning', { KEY_ROTATION_DAYS: '-1' }],
    ['the same key twice', { KEY_ENCRYPTION_KEY_OTHER: one.keyEncryptionKey }],
    ['another key of the wrong length', { KEY_ENCRYPTION_KEY_OTHER: `${two.keyEncryptionKey.slice(0, -8)}AAAAAAAAAA` }],
    ['an anchor that is none', { ROOT_TRUST_ANCHORS: 'nonsense' }],
    ['a private key for an anchor', { ROOT_TRUST_ANCHORS: two.rootSigningKey.replace(/-----[A-Z ]+-----|\s/g, '') }],
    ['an anchor and nothing after the comma', { ROOT_TRUST_ANCHORS: `${anchor},` }],
  ])('are refused: %s', (_what, env) => {
    const told = faultsAbout({ ...production, ...env });
    expect(told).not.toBe('');
    for (const value of Object.values(env)) if (value.length > 10) expect(told).not.toContain(value);
  });

  it('let rotation be off, whatever the head start', () => {
    expect(faultsAbout({ ...production, KEY_ROTATION_DAYS: '0', KEY_PUBLISH_AHEAD: '7d' })).toBe('');
  });
});
