import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { KeyBundle } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { aKeyStore, SwitchedKeyStore } from '../../test/key-stores.js';
import { genuineBundle } from './bundle/genuine-bundle.js';
import { generateSigningKey, publicJwk } from './signing/generate-signing-key.js';
import { jwksOf, namesTag } from './http/jwks.js';
import { KeyBundleOutlet, type PublishedBundle } from './bundle/key-bundle-outlet.port.js';
import { KeyBundlePublisher } from './bundle/key-bundle-publisher.js';
import { KeyKeeper } from './rotation/key-keeper.js';
import { KeyRing, type NewerBundle } from './signing/key-ring.js';
import { RootKey } from './bundle/root-key.js';
import { PrivateKeySealer, SealBroken } from './signing/sealed-private-key.js';
import type { SigningKeySet } from './signing/signing-key-store.port.js';

const clock = new FakeClock();
const rootPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = rootPair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const root = RootKey.parse(pem);

class Shelf extends KeyBundleOutlet {
  readonly bundles: PublishedBundle[] = [];

  override async find(): Promise<NewerBundle | undefined> {
    const last = this.bundles.at(-1);
    return last && genuineBundle(last.text, [root.trustAnchor]);
  }

  override async put(bundle: PublishedBundle): Promise<void> {
    this.bundles.push(bundle);
  }
}

describe('a signing key', () => {
  it('is a P-256 key named by its RFC 7638 thumbprint', async () => {
    const key = await generateSigningKey('active', 0);
    expect(key.publicKey).toMatchObject({ alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256', kid: key.kid });
    expect(publicJwk(createPublicKey(key.privateKey)).kid).toBe(key.kid);
  });

  it('publishes nothing of its private half', async () => {
    const { publicKey } = await generateSigningKey('active', 0);
    expect(Object.keys(publicKey).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});

describe('a sealed private key', () => {
  const masterKey = randomBytes(32);
  const sealer = new PrivateKeySealer(masterKey);

  it('opens to the same key for whoever has the master key', async () => {
    const { kid, privateKey } = await generateSigningKey('active', 0);
    const opened = new PrivateKeySealer(masterKey).open(kid, sealer.seal(kid, privateKey));
    expect(opened.equals(privateKey)).toBe(true);
  });

  it('opens with either master key while it is being changed, and is sealed with the newer one', async () => {
    const { kid, privateKey } = await generateSigningKey('active', 0);
    const newer = randomBytes(32);
    const both = new PrivateKeySealer(newer, masterKey);
    const sealed = sealer.seal(kid, privateKey);
    expect(both.open(kid, sealed).equals(privateKey)).toBe(true);
    expect(both.isSealedNow(kid, sealed)).toBe(false);
    const anew = both.seal(kid, privateKey);
    expect(both.isSealedNow(kid, anew)).toBe(true);
    expect(new PrivateKeySealer(newer).open(kid, anew).equals(privateKey)).toBe(true);
    expect(() => both.open(kid, new PrivateKeySealer(randomBytes(32)).seal(kid, privateKey))).toThrow(SealBroken);
  });

  it('does not open under another master key, under another id, or changed', async () => {
    const { kid, privateKey } = await generateSigningKey('active', 0);
    const sealed = sealer.seal(kid, privateKey);
    expect(() => new PrivateKeySealer(randomBytes(32)).open(kid, sealed)).toThrow(SealBroken);
    expect(() => sealer.open('another', sealed)).toThrow(SealBroken);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[20] = bytes[20]! ^ 1;
    expect(() => sealer.open(kid, bytes.toString('base64'))).toThrow(SealBroken);
    expect(() => sealer.open(kid, '')).toThrow(SealBroken);
  });
});

describe('the root key', () => {
  it.each([
    ['PEM (PKCS#8)', pem],
    ['PEM (SEC1)', rootPair.privateKey.export({ format: 'pem', type: 'sec1' }).toString()],
    ['JWK', JSON.stringify(rootPair.privateKey.export({ format: 'jwk' }))],
    ['base64 DER', rootPair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')],
  ])('is read from %s', (_form, text) => {
    expect(RootKey.parse(`\n${text}\n`).trustAnchor).toBe(root.trustAnchor);
  });

  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each([
    ['nonsense', 'c2VjcmV0LW5vbnNlbnNl'],
    ['another curve', p384.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['another family', rsa.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['a public key', rootPair.publicKey.export({ format: 'pem', type: 'spki' }).toString()],
    ['nothing', ''],
  ])('refuses %s without quoting it', (_what, text) => {
    expect(() => RootKey.parse(text)).toThrow(/^must be a P-256 private key as PEM, JWK or base64 PKCS#8 DER$/);
  });

  it('tells its public half as one line', () => {
    expect(root.trustAnchor).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const anchor = createPublicKey({ key: Buffer.from(root.trustAnchor, 'base64'), format: 'der', type: 'spki' });
    expect(anchor.equals(createPublicKey(createPrivateKey(pem)))).toBe(true);
  });
});

describe('the key bundle', () => {
  const settings = { issuer: 'https://auth.example.test', audience: 'gatehouse', maxTokenSeconds: 900 };
  const aSet = async (version: number): Promise<SigningKeySet> => ({
    version,
    atMs: 0,
    keys: [await generateSigningKey('active', 0), await generateSigningKey('next', 0)],
  });

  it('tells validators all they need, under the root key', async () => {
    const ring = new KeyRing();
    const set = await aSet(7);
    ring.replace(set);
    const { text, version } = new KeyBundlePublisher(ring, root, [], settings, clock).current()!;
    const [header, payload, signature] = text.split('.');
    const read = (part: string | undefined): unknown => JSON.parse(String(Buffer.from(part!, 'base64url')));
    expect(read(header)).toEqual({ alg: 'ES256', typ: 'gatehouse-keys+jwt' });
    expect(read(payload)).toEqual({
      iss: 'https://auth.example.test',
      aud: 'gatehouse',
      ver: 7,
      iat: clock.nowSeconds(),
      max_token_seconds: 900,
      keys: set.keys.map((key) => key.publicKey),
    } satisfies KeyBundle);
    const key = { key: rootPair.publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature!, 'base64url'))).toBe(true);
    expect(version).toBe(7);
  });

  it('does not exist before there are keys, nor without a root key', async () => {
    const ring = new KeyRing();
    expect(new KeyBundlePublisher(ring, root, [], settings, clock).current()).toBeUndefined();
    ring.replace(await aSet(1));
    expect(new KeyBundlePublisher(ring, undefined, [], settings, clock).current()).toBeUndefined();
  });

  it('is signed once per version', async () => {
    const ring = new KeyRing();
    ring.replace(await aSet(1));
    const publisher = new KeyBundlePublisher(ring, root, [], settings, clock);
    expect(publisher.current()).toBe(publisher.current());
    ring.replace(await aSet(2));
    expect(publisher.current()?.version).toBe(2);
  });

  it('has its version believed only under our root key', async () => {
    const bundle = (ver: number) => ({ iss: 'i', aud: 'a', ver, iat: 0, max_token_seconds: 1, keys: [] });
    const foreign = RootKey.parse(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    );
    expect(genuineBundle(root.signBundle(bundle(12)), [root.trustAnchor])).toEqual({ version: 12, kids: [] });
    expect(genuineBundle(foreign.signBundle(bundle(99)), [root.trustAnchor])).toBeUndefined();
    expect(genuineBundle(foreign.signBundle(bundle(99)), [root.trustAnchor, foreign.trustAnchor])?.version).toBe(99);
    for (const text of ['', 'a.b', 'a.b.c', '..', 'nonsense'])
      expect(genuineBundle(text, [root.trustAnchor])).toBeUndefined();
  });
});

describe('the key ring', () => {
  const settings = { issuer: 'i', audience: 'a', maxTokenSeconds: 900 };
  const freshStore = async () => new SwitchedKeyStore(await aKeyStore(clock));

  function aKeeper(store: SwitchedKeyStore) {
    const ring = new KeyRing();
    const shelf = new Shelf();
    const failures: unknown[] = [];
    const publisher = new KeyBundlePublisher(ring, root, [shelf], settings, clock);
    const keeper = new KeyKeeper(
      store,
      ring,
      publisher,
      { bundleFacts: 'settings', tokenSeconds: 900 },
      clock,
      (error) => failures.push(error),
    );
    return { store, ring, shelf, failures, keeper };
  }

  it('makes the first keys, one to sign with and one announced, and publishes them', async () => {
    const { ring, keeper, shelf } = aKeeper(await freshStore());
    await keeper.reload();
    expect(ring.active()?.state).toBe('active');
    expect(ring.published()).toHaveLength(2);
    expect(shelf.bundles.map((bundle) => bundle.version)).toEqual([2]);
  });

  it('takes the keys others made, and publishes nothing twice', async () => {
    const first = aKeeper(await freshStore());
    await first.keeper.reload();
    const second = aKeeper(first.store);
    await second.keeper.reload();
    await second.keeper.reload();
    expect(second.ring.active()?.kid).toBe(first.ring.active()?.kid);
    expect(second.shelf.bundles).toHaveLength(1);
  });

  it('goes on with the keys it has while the database is away', async () => {
    const { store, ring, keeper } = aKeeper(await freshStore());
    await keeper.reload();
    const kid = ring.active()?.kid;
    store.away = true;
    await expect(keeper.reload()).rejects.toThrow(DatabaseUnavailable);
    expect(ring.active()?.kid).toBe(kid);
  });

  it('starts without the database and says so', async () => {
    const { store, ring, keeper, failures } = aKeeper(await freshStore());
    store.away = true;
    await keeper.start();
    keeper.stop();
    expect(ring.isEmpty).toBe(true);
    expect(failures).toHaveLength(1);
  });

  it('leaves an older set aside', async () => {
    const ring = new KeyRing();
    const key = await generateSigningKey('active', 0);
    expect(ring.replace({ keys: [key], version: 5 })).toBe(true);
    expect(ring.replace({ keys: [], version: 4 })).toBe(false);
    expect(ring.active()?.kid).toBe(key.kid);
  });
});

describe('the JWKS', () => {
  it('changes its tag with its keys', async () => {
    const keys = [(await generateSigningKey('active', 0)).publicKey];
    expect(jwksOf(keys).etag).toBe(jwksOf([...keys]).etag);
    expect(jwksOf([]).etag).not.toBe(jwksOf(keys).etag);
  });

  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    [undefined, false],
  ])('understands If-None-Match: %s', (header, named) => {
    expect(namesTag(header, '"a"')).toBe(named);
  });
});
