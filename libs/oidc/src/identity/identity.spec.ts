import fc from 'fast-check';
import { OidcError } from '../client/oidc-error.js';
import { providerSettings } from '../provider/provider-settings.js';
import { parseJsonObject, type JsonObject } from '../provider/strict-json.js';
import { identityOf } from './identity-of.js';
import { personKey, type PersonFacts } from './person-key.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('|', '%', '7', 'C', 'a', 'A', ' ', 'é', 'e\u0301', '\ud800', '\udc00', '😀', '\0'),
    maxLength: 12,
  }),
);
const oidcFacts = fc.record({ type: fc.constant('oidc' as const), issuer: anyText, subject: anyText });
const entraFacts = fc.record({ type: fc.constant('entra' as const), tenantId: fc.uuid(), objectId: fc.uuid() });
const anyFacts: fc.Arbitrary<PersonFacts> = fc.oneof(oidcFacts, entraFacts);

describe('the key of a person', () => {
  it('reads as what it is made of', () => {
    const [tid, oid] = ['8EAEF023-2b34-4da1-9baa-8bc8c9d6a490', '11111111-1111-4111-8111-11111111111A'];
    expect(personKey({ type: 'entra', tenantId: tid, objectId: oid })).toBe(
      `entra|${tid.toLowerCase()}|${oid.toLowerCase()}`,
    );
    expect(personKey({ type: 'oidc', issuer: 'https://a.test/', subject: 'x|y 100%é' })).toBe(
      'oidc|https://a.test/|x%7Cy%20100%25%C3%A9',
    );
  });

  it('belongs to one person, whatever issuers and subjects are called (O4)', () => {
    fc.assert(
      fc.property(oidcFacts, oidcFacts, (one, other) => {
        const isOne = one.issuer === other.issuer && one.subject === other.subject;
        return (personKey(one) === personKey(other)) === isOne;
      }),
      { numRuns: 2_000 },
    );
    fc.assert(fc.property(oidcFacts, entraFacts, (one, other) => personKey(one) !== personKey(other)));
  });

  it('is the same for every split of one text but that one (O4)', () => {
    fc.assert(
      fc.property(anyText, fc.nat(300), fc.nat(300), (text, a, b) => {
        const at = (place: number): PersonFacts => ({
          type: 'oidc',
          issuer: text.slice(0, place),
          subject: text.slice(place),
        });
        const [left, right] = [Math.min(a, text.length), Math.min(b, text.length)];
        return (personKey(at(left)) === personKey(at(right))) === (left === right);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is printable ASCII of at most 512 characters, so that no database folds or cuts it', () => {
    fc.assert(fc.property(anyFacts, (facts) => /^[\x21-\x7e]{1,512}$/.test(personKey(facts))));
    const long = (last: string): PersonFacts => ({
      type: 'oidc',
      issuer: 'https://a.test/',
      subject: `${'é'.repeat(254)}${last}`,
    });
    expect(personKey(long('a'))).toMatch(/^oidc-sha256\|[\w-]{43}$/);
    expect(personKey(long('a'))).not.toBe(personKey(long('b')));
  });
});

describe('strict JSON', () => {
  it('reads what JSON.parse reads, and never an object with a member twice', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(9), (object, spaces) => {
        const text = JSON.stringify(object, undefined, spaces);
        expect(parseJsonObject(text)).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.jsonValue(), (name, a, b) => {
        const [key, one, two] = [name, a, b].map((value) => JSON.stringify(value));
        expect(parseJsonObject(`{${key}:${one},${key}:${two}}`)).toBeUndefined();
        expect(parseJsonObject(`{"x":[{${key}:${one}},{"y":{${key}:${one}, ${key} :${two}}}]}`)).toBeUndefined();
      }),
    );
  });

  it('takes one name spelled in two ways for one name', () => {
    expect(parseJsonObject('{"sub":"1","s\\u0075b":"2"}')).toBeUndefined();
    expect(parseJsonObject('{"a\\"":1,"a":2,"b":"\\":{,"}')).toEqual({ 'a"': 1, a: 2, b: '":{,' });
  });

  it('is linear in what a stranger sends', () => {
    const started = performance.now();
    for (const text of [
      '"'.repeat(500_000),
      '\\'.repeat(500_000),
      `{"a":"${'\\\\'.repeat(250_000)}"}`,
      `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ]) {
      parseJsonObject(text);
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('who the claims tell of', () => {
  const base = { type: 'oidc', issuer: 'https://a.test', clientId: 'c', credential: { type: 'none' } };
  const read = (claims: JsonObject, settings: object = {}) =>
    identityOf(
      { iss: 'https://a.test', sub: 's', ...claims },
      'corp',
      providerSettings.parse({ ...base, ...settings }),
    );

  it('has roles and groups wherever the provider keeps them', () => {
    const claims = {
      'https://a.test/roles': ['a'],
      realm_access: { roles: ['b', 'b', 'c'] },
      resource: { gateway: { groups: 'one' } },
    };
    expect(read(claims, { rolesClaim: 'https://a.test/roles' }).roles).toEqual(['a']);
    expect(read(claims, { rolesClaim: 'realm_access.roles', groupsClaim: 'resource.gateway.groups' })).toMatchObject({
      roles: ['b', 'c'],
      groups: ['one'],
    });
    for (const rolesClaim of [
      'constructor',
      '__proto__',
      'realm_access.constructor.name',
      'sub.length',
      'nowhere.at.all',
      '',
    ]) {
      expect(read(claims, { rolesClaim }).roles).toEqual([]);
    }
  });

  it('has unknown groups where the token says that there was no room for them', () => {
    expect(read({ _claim_names: { groups: 'src1' } }).groups).toBe('unknown');
    expect(read({ groups: ['a'], _claim_names: { groups: 'src1' } }).groups).toBe('unknown');
    expect(read({ _claim_names: { address: 'src1' } }).groups).toEqual([]);
  });

  it('has an address only if mail could go there, proven only if the provider says true', () => {
    expect(read({ email: 'ada@a.test', email_verified: true })).toMatchObject({
      email: 'ada@a.test',
      emailVerified: true,
    });
    for (const unproven of ['true', 1, 'yes', {}, undefined])
      expect(read({ email: 'ada@a.test', email_verified: unproven }).emailVerified).toBe(false);
    for (const email of ['ada', 'a@b@c', 'ada @a.test', 'ada@a.test\r\nBcc: all@a.test', `${'a'.repeat(250)}@a.test`]) {
      expect(read({ email }).email).toBeUndefined();
    }
  });

  it('has names that can be shown: nothing that reverses, hides or breaks lines', () => {
    expect(read({ name: ' Ada\u202e\u0000\r\n Love\u200blace ', preferred_username: '\u0007' })).toMatchObject({
      displayName: 'Ada Lovelace',
      username: undefined,
    });
    expect(read({ name: '😀'.repeat(500) }).displayName).toBe('😀'.repeat(256));
  });

  it('is somebody, or the token is refused in our words: no claim makes it crash', () => {
    const claimNames = fc.constantFrom(
      'iss',
      'sub',
      'tid',
      'oid',
      'ver',
      'email',
      'name',
      'roles',
      'groups',
      'amr',
      'acr',
      'sid',
      'auth_time',
      'login_hint',
      '_claim_names',
      'hasgroups',
      'xms_edov',
      '__proto__',
    );
    const entra = {
      type: 'entra',
      tenant: '11111111-1111-4111-8111-111111111111',
      clientId: 'c',
      credential: { type: 'none' },
    };
    const settings = [base, entra].map((each) => providerSettings.parse(each));
    fc.assert(
      fc.property(fc.dictionary(claimNames, fc.jsonValue()), fc.constantFrom(...settings), (claims, chosen) => {
        try {
          expect(identityOf(claims, 'corp', chosen).key).toEqual(expect.any(String));
        } catch (error) {
          expect(error).toBeInstanceOf(OidcError);
        }
      }),
    );
  });
});
