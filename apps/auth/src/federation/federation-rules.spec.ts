import { createHash, randomBytes } from 'node:crypto';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { ExternalIdentity, LoginTransaction } from '@gatehouse/oidc';
import { testFolder } from '@gatehouse/testing';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authConfig } from '../config/auth.config.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { ExchangeCodes } from './browser/exchange-codes.js';
import { isReturnTo } from './browser/return-to.js';
import { SealedNotes } from './browser/sealed-notes.js';
import { TransactionCookies } from './browser/transaction-cookie.js';
import { OAuthStateLost } from './federation.errors.js';
import type { IdentityProvider } from './providers/identity-provider.js';
import type { IdentityProviders } from './providers/identity-providers.js';
import { readProviders } from './providers/read-providers.js';
import { mergedRoles } from './sign-in/provider-roles.js';
import type { TakeOnce } from './sign-in/take-once.js';

const ENTRA = `
entra:
  type: entra
  tenant: 8eaef023-2b34-4da1-9baa-8bc8c9d6a490
  clientId: 99999999-9999-4999-8999-999999999999
  credential: { type: secret, secret: not-a-secret-of-anybody }
  displayName: Contoso
  roleMap:
    Orders.Admin: [order-admin]
  bearer: { scopes: [access_as_user] }
`;

describe('providers in the configuration', () => {
  it('are read from YAML and from JSON, each with its rules', () => {
    const { providers, faults } = readProviders(ENTRA);
    expect(faults).toEqual([]);
    expect(providers[0]).toMatchObject({
      name: 'entra',
      settings: { type: 'entra', cloud: 'public' },
      rules: { displayName: 'Contoso', signUp: 'allow', email: 'verified', bearerScopes: ['access_as_user'] },
    });
    expect(providers[0]?.rules.roleMap.get('Orders.Admin')).toEqual(['order-admin']);
    const json = JSON.stringify({
      sso: { type: 'oidc', issuer: 'https://sso.example.com', clientId: 'x', credential: { type: 'none' } },
    });
    expect(readProviders(json)).toMatchObject({
      faults: [],
      providers: [{ name: 'sso', rules: { displayName: 'sso' } }],
    });
  });

  it.each([
    ['an unknown option', ENTRA.replace('displayName', 'displayname'), /entra/],
    ['a role nobody can have', ENTRA.replace('order-admin', 'Order Admin'), /entra\.roleMap/],
    ['a secret that is too short', ENTRA.replace('not-a-secret-of-anybody', 'short'), /entra\.credential\.secret/],
    ['a scope that is two', ENTRA.replace('[access_as_user]', '["a b"]'), /entra\.bearer\.scopes/],
    ['a name that is none', ENTRA.replace('entra:', '__proto__:'), /names of providers/],
    ['a name twice', ENTRA + ENTRA, /no sound YAML/],
    ['references', 'a: &a { type: oidc }\nb: *a\n', /references/],
    ['a list', '[]', /map of names/],
    ['nothing readable', '{"entra": {', /no sound YAML/],
    [
      'a bomb',
      `a: &a [x,x]\n${'bcdefghi'
        .split('')
        .map((n, i) => `${n}: &${n} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)
        .join('\n')}`,
      /references/,
    ],
  ])('are refused with %s, and no value is told', (_what, text, told) => {
    const { faults } = readProviders(text);
    expect(faults.join('\n')).toMatch(told);
    expect(faults.join('\n')).not.toMatch(/not-a-secret|short\b.*secret:|Order Admin/);
  });

  it('keep the service from starting where they cannot work or are not for production, all in one list', () => {
    const file = join(testFolder('providers'), 'providers.yaml');
    const common = `${ENTRA.replace('tenant: 8eaef023-2b34-4da1-9baa-8bc8c9d6a490', 'tenant: common')}  allowInsecure: true\n`;
    writeFileSync(file, common);
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const load = () =>
      loadConfig(authConfig, {
        NODE_ENV: 'production',
        ALLOW_EMBEDDED: 'true',
        PUBLIC_URL: 'https://auth.example.com',
        KEY_ENCRYPTION_KEY: keyEncryptionKey,
        ROOT_SIGNING_KEY: rootSigningKey,
        IDENTITY_PROVIDERS_FILE: file,
      });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/IDENTITY_PROVIDERS entra\.allowedTenants/);
    expect(load).toThrow(/IDENTITY_PROVIDERS entra\.allowInsecure is for development/);
  });
});

describe('the way back', () => {
  it.each(['/', '/orders', '/orders?page=2&q=a%20b', '/a-b/_c.d/~e', "/it's/(ok)"])('may be %s', (path) => {
    expect(isReturnTo(path)).toBe(true);
  });

  it('never leads anywhere but to the application, whatever it is made of (R8)', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '//',
      '.',
      '..',
      '%2f',
      '%5c',
      '%2e',
      '%00',
      '%09',
      '\t',
      '\n',
      ' ',
      '@',
      ':',
      'evil',
      '?',
      '#',
      'https:',
      ';',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        if (!isReturnTo(text)) return;
        for (const origin of ['https://app.test', 'https://app.test/base']) {
          const { host, username, hash, href } = new URL(`${origin}${text}`);
          expect([host, username, hash]).toEqual(['app.test', '', '']);
          expect(href.startsWith(origin)).toBe(true);
        }
        expect(new URL(text, 'https://app.test').origin).toBe('https://app.test');
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('roles of a provider', () => {
  const roles = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'user'), { maxLength: 5 });

  it('come and go without those that were given here, whatever the order of things', () => {
    fc.assert(
      fc.property(roles, fc.array(roles, { maxLength: 6 }), (local, words) => {
        let [held, granted]: [readonly string[], readonly string[]] = [local, []];
        for (const wanted of words) {
          const merged = mergedRoles(held, granted, [], wanted);
          [held, granted] = [merged.roles, merged.granted];
          expect([...held].sort()).toEqual([...new Set([...local, ...wanted])].sort());
          expect(granted.filter((role) => local.includes(role))).toEqual([]);
        }
      }),
    );
  });

  it('stay while another identity brings them', () => {
    expect(mergedRoles(['user', 'a'], ['a'], ['a'], [])).toEqual({ roles: ['user', 'a'], granted: [] });
    expect(mergedRoles(['user', 'a'], ['a'], [], [])).toEqual({ roles: ['user'], granted: [] });
    // What somebody took away here does not come back by another identity.
    expect(mergedRoles(['user'], [], ['a'], ['b'])).toEqual({ roles: ['user', 'b'], granted: ['b'] });
  });
});

describe('what is on its way through a browser', () => {
  const notes = new SealedNotes(Buffer.alloc(32, 7), 'a test');
  const clock = new FakeClock();

  it('is exchanged within a minute by an application, with its verifier', async () => {
    const provider = { name: 'entra' } as IdentityProvider;
    const providers = { get: () => provider } as unknown as IdentityProviders;
    const once = { note: () => Promise.resolve() } as unknown as TakeOnce;
    const codes = new ExchangeCodes(notes, providers, once, clock);
    const challenge = createHash('sha256').update('verifier').digest('base64url');
    const code = codes.mint(provider, { key: 'k' } as ExternalIdentity, challenge);
    clock.advance(59_000);
    await expect(codes.redeem('entra', code, 'verifier')).resolves.toMatchObject({ identity: { key: 'k' } });
    clock.advance(1_000);
    await expect(codes.redeem('entra', code, 'verifier')).rejects.toThrow(OAuthStateLost);
  });

  it('is found by its one cookie, and not where there are two of the name', () => {
    const cookies = new TransactionCookies(notes, true);
    const transaction = { state: 'a-state', startedAtMs: clock.nowMs() } as LoginTransaction;
    const [line = ''] = cookies.keep({ transaction, returnTo: '/', ending: { kind: 'cookies' } }, undefined);
    const [pair = ''] = line.split(';');
    const find = (header: string) => cookies.find(header, 'a-state', clock.nowMs());
    expect(find(pair)).toMatchObject({ returnTo: '/' });
    expect(find(`${pair}; ${pair}`)).toBeUndefined();
  });
});

describe('a note that a browser keeps', () => {
  const [key, other] = [randomBytes(32), randomBytes(32)];
  const notes = new SealedNotes(key, 'one');

  it('comes back as it was, until its time is over, to whoever has the key', () => {
    const note = notes.seal({ a: 1 }, 1_000);
    expect(notes.open(note, 999)).toEqual({ a: 1 });
    expect(notes.open(note, 1_000)).toBeUndefined();
    expect(new SealedNotes(other, 'one', key).open(note, 0)).toEqual({ a: 1 });
    expect(note).not.toContain('eyJ');
  });

  it('is nothing in other hands, for another purpose, or changed in any place', () => {
    const note = notes.seal({ a: 1 }, 1_000);
    expect(new SealedNotes(other, 'one').open(note, 0)).toBeUndefined();
    expect(new SealedNotes(key, 'two').open(note, 0)).toBeUndefined();
    for (let at = 0; at < note.length; at++) {
      const changed = `${note.slice(0, at)}${note[at] === 'A' ? 'B' : 'A'}${note.slice(at + 1)}`;
      expect(notes.open(changed, 0)).toBeUndefined();
    }
    for (const text of ['', 'A', note.slice(1), `${note}A`, `${note}=`, 'x'.repeat(10_000)]) {
      expect(notes.open(text, 0)).toBeUndefined();
    }
  });
});
