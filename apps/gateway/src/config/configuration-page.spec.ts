import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { documentedGroups, PAGE_PATH, withSettings } from './configuration-page.js';
import { gatewayJsonSchema, SCHEMA_PATH } from './json-schema.js';

const TOP = join(__dirname, '../../../..');
const read = (path: string) => readFileSync(join(TOP, path), 'utf8');

describe('the page of settings', () => {
  it('has a table for each group of the file, and says what the schema says (else: npm run docs:write)', () => {
    const page = read(PAGE_PATH);
    const marked = [...page.matchAll(/<!-- settings: ([a-z]+) -->/gi)].map(([, name]) => name);
    expect(marked).toEqual(documentedGroups());
    expect(withSettings(page)).toBe(page);
    // Every setting has a sentence.
    expect(page.split('\n').filter((line) => /^\| `[^`]+` \|.*\|\s*\|$/.test(line))).toEqual([]);
    expect(page.match(/^\| `routes\[\]\.\S+` \|/gm)!.length).toBeGreaterThan(20);
  });
});

describe('the JSON Schema for editors', () => {
  const ajv = new Ajv2020({ strict: false, formats: { uri: true } });
  const isValid = ajv.compile(gatewayJsonSchema());
  const example = () => parse(read('docker/gateway/gateway.yaml')) as Record<string, Record<string, unknown>>;

  it('is the one in the repository (else: npm run docs:write)', () => {
    expect(`${JSON.stringify(gatewayJsonSchema(), null, 2)}\n`).toBe(read(SCHEMA_PATH));
  });

  it.each(['gateway.yaml', 'development.yaml'])('accepts the example %s, variables and all', (name) => {
    isValid(parse(read(`docker/gateway/${name}`)));
    expect(isValid.errors).toBeNull();
  });

  it.each<[string, (file: Record<string, Record<string, unknown>>) => void]>([
    ['a mistyped setting', (file) => (file['server']!['limts'] = {})],
    ['a duration without a unit', (file) => (file['session']!['idle'] = '30')],
    ['a word that is none of those', (file) => (file['session']!['store'] = 'disk')],
    ['a number that is too large', (file) => (file['server']!['replicas'] = 100_000)],
    ['a group that is missing', (file) => Reflect.deleteProperty(file, 'auth')],
    ['an unknown kind of provider', (file) => (file['providers']!['entra'] = { type: 'saml' })],
  ])('refuses %s', (_what, spoil) => {
    const file = example();
    spoil(file);
    expect(isValid(file)).toBe(false);
  });
});
