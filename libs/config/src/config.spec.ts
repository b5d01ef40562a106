import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describeConfig, renderConfigMarkdown, renderEnvExample } from './describe-config.js';
import { cidrList, flag, integer, oneOf, port, seconds, secret, text, url } from './fields.js';
import { ConfigError, defineConfig, loadConfig, type ConfigFields, type ConfigSchema } from './load-config.js';

const strong = 'wq8Zr0tY5uJ3kLm9pXc2vB7nA4sD6fGh';

const schema = defineConfig({
  PORT: port().default('8080').describe('Where it listens'),
  TTL: seconds({ min: 60, max: 900 }).default('5m').describe('How long'),
  LIMIT: integer({ min: 1, max: 10 }).optional().describe('How many'),
  ON: flag().default('true').describe('Whether'),
  MODE: oneOf('a', 'b').default('a').describe('Which'),
  SECRET: secret({ minBytes: 32 }).describe('The key'),
  PROXIES: cidrList().default('').describe('Who is trusted'),
  HOME: url().optional().describe('Where'),
  NAME: text().optional().describe('Who'),
});

const faultsOf = <F extends ConfigFields>(env: Record<string, string>, over?: ConfigSchema<F>): readonly string[] => {
  try {
    if (over) loadConfig(over, env);
    else loadConfig(schema, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
};

describe('a configuration', () => {
  it('is read once, with its defaults', () => {
    const config = loadConfig(schema, { SECRET: strong, PORT: '', LIMIT: '3', PROXIES: '10.0.0.0/8, ::1' });
    expect(config).toMatchObject({
      PORT: 8080,
      TTL: 300,
      LIMIT: 3,
      ON: true,
      MODE: 'a',
      PROXIES: ['10.0.0.0/8', '::1'],
    });
    expect(config.SECRET.reveal()).toBe(strong);
    expect(config.HOME).toBeUndefined();
  });

  it.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
  ])('reads the duration %s as %d seconds', (given, expected) => {
    expect(loadConfig(schema, { SECRET: strong, TTL: given }).TTL).toBe(expected);
  });

  it('tells all that is wrong at once, by name and rule, and no value', () => {
    const env = {
      PORT: '99999',
      TTL: '1d',
      LIMIT: 'hunter2',
      ON: 'maybe',
      MODE: 'hunter2',
      SECRET: 'hunter2',
      PROXIES: 'hunter2',
      HOME: 'hunter2',
    };
    const faults = faultsOf(env);
    expect(faults).toHaveLength(8);
    expect(faults.join('\n')).not.toContain('hunter2');
    expect(faults).toContain('TTL must be a duration from 1m to 15m, such as 900 or 15m');
    expect(faults).toContain('SECRET must be at least 32 bytes long');
  });

  it.each([
    ['too short', 'abc'],
    ['one character over and over', 'a'.repeat(64)],
    ['a placeholder', 'changeme-changeme-changeme-1234567890'],
  ])('refuses a secret that is %s', (_why, value) => {
    expect(faultsOf({ SECRET: value })).toHaveLength(1);
  });

  it('takes a secret from a file, without the line end, and not from two places', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
    const file = join(folder, 'secret');
    writeFileSync(file, `${strong}\n`);
    expect(loadConfig(schema, { SECRET_FILE: file }).SECRET.reveal()).toBe(strong);
    expect(faultsOf({ SECRET_FILE: file, SECRET: strong })).toEqual([
      'SECRET and SECRET_FILE are both set; keep one of them',
    ]);
    expect(faultsOf({ SECRET_FILE: join(folder, 'none') })).toEqual(['SECRET_FILE names a file that cannot be read']);
    rmSync(folder, { recursive: true });
  });

  it('applies rules over several settings, once each is sound', () => {
    const ruled = defineConfig({ A: flag().default('false'), B: text().optional() }, ({ A, B }) =>
      A && !B ? ['B is needed when A is on'] : [],
    );
    expect(faultsOf({ A: 'true' }, ruled)).toEqual(['B is needed when A is on']);
    expect(faultsOf({ A: 'nonsense' }, ruled)).toEqual(['A must be true or false']);
  });

  it('never shows a secret', () => {
    const config = loadConfig(schema, { SECRET: strong });
    for (const shown of [inspect(config), JSON.stringify(config), String(config.SECRET), `${config.SECRET}`]) {
      expect(shown).not.toContain(strong);
      expect(shown).toContain('secret');
    }
  });

  it('describes itself for documentation and an example file', () => {
    const rows = describeConfig(schema);
    expect(rows.find(({ name }) => name === 'TTL')).toMatchObject({ fallback: '5m', required: false });
    expect(renderConfigMarkdown(rows)).toContain(
      '| `SECRET`<br>`SECRET_FILE` | a secret of at least 32 bytes | required |',
    );
    expect(renderEnvExample(rows)).toContain('# Where it listens (a whole number from 0 to 65535)\n# PORT=8080');
  });
});
