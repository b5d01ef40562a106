import { startScriptedProvider, type ScriptedProvider } from '@gatehouse/oidc/testing';
import { testFolder } from '@gatehouse/testing';
import { execFile, execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const HERE = join(__dirname, '../passport-azure-ad');
const OURS = join(__dirname, '../../libs/oidc/dist/passport/index.js');
const REDIRECT = 'https://app.example.test/callback';
const ELSEWHERE = '33333333-3333-4333-8333-333333333333';

interface Said {
  readonly accepted?: boolean;
  readonly user?: { readonly oid: string; readonly name?: string };
  readonly redirect?: string;
  readonly why?: string;
}

/** One of the two libraries, in a process of its own. */
class Probe {
  private readonly waiting: ((said: Said) => void)[] = [];
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = '';

  constructor(folder: string, which: string, caFile: string, options: object) {
    this.child = spawn(process.execPath, ['probe.mjs', which], {
      cwd: folder,
      env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: caFile, OPTIONS: JSON.stringify(options) },
    });
    this.child.stderr.on('data', (chunk) => (this.errors += String(chunk)));
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      // The old library writes its log to standard output too.
      if (!line.includes('"level":')) this.waiting.shift()?.(JSON.parse(line) as Said);
    });
  }

  ask(question: { readonly token?: string; readonly path?: string }): Promise<Said> {
    return new Promise((answer, fail) => {
      const late = setTimeout(() => fail(new Error(`no answer; it said: ${this.errors}`)), 15_000);
      this.waiting.push((said) => {
        clearTimeout(late);
        answer(said);
      });
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  end(): void {
    this.child.kill();
  }
}

let provider: ScriptedProvider;
let old: Probe;
let ours: Probe;

beforeAll(async () => {
  const folder = testFolder('passport-azure-ad');
  cpSync(HERE, folder, { recursive: true });
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'];
  execFileSync('openssl', [...made, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder });
  provider = await startScriptedProvider({
    kind: 'entra',
    // It knows no PKCE.
    pkce: 'if-sent',
    tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') },
  });
  provider.people.add({ handle: 'ada', roles: ['Orders.Read'] });
  const shared = {
    identityMetadata: `${provider.issuer()}/.well-known/openid-configuration`,
    clientID: provider.clientId,
    issuer: provider.issuer(),
    loggingLevel: 'error',
  };
  const signIn = {
    ...shared,
    redirectUrl: REDIRECT,
    clientSecret: provider.clientSecret,
    responseType: 'code',
    responseMode: 'query',
  };
  old = new Probe(folder, 'old', cert, {
    login: {
      ...signIn,
      useCookieInsteadOfSession: true,
      cookieEncryptionKeys: [{ key: '12345678901234567890123456789012', iv: '123456789012' }],
    },
    bearer: shared,
  });
  ours = new Probe(folder, OURS, cert, {
    login: { ...signIn, cookieSecret: 'a test secret of the sealed cookies', allowInsecure: true },
    bearer: { ...shared, allowInsecure: true },
  });
}, 120_000);
afterAll(async () => {
  old.end();
  ours.end();
  await provider.close();
});
afterEach(() => provider.honest());

const api = (lie: Parameters<ScriptedProvider['issueAccessToken']>[0] = {}) => provider.issueAccessToken(lie);
const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

/** Whether the old library and ours take a token. */
async function verdicts(token: string): Promise<readonly [boolean | undefined, boolean | undefined]> {
  const [theirs, mine] = await Promise.all([old.ask({ token }), ours.ask({ token })]);
  return [theirs.accepted, mine.accepted];
}

it.each<[string, () => string]>([
  ['an access token for our API', () => api()],
  ['one with several scopes', () => api({ scope: 'Orders.Read Orders.Write' })],
  ['one of a person with app roles', () => api({ claims: { roles: ['Orders.Read'] } })],
  ['one that expires in a minute', () => api({ claims: { exp: seconds(60) } })],
])('both take %s', async (_name, token) => {
  expect(await verdicts(token())).toEqual([true, true]);
});

it.each<[string, () => string]>([
  ['a token for another API', () => api({ audience: 'api://somebody-else' })],
  ['one for several APIs', () => api({ claims: { aud: [provider.clientId, 'api://x'] } })],
  ['one of another tenant', () => api({ claims: { iss: provider.issuer(ELSEWHERE), tid: ELSEWHERE } })],
  [
    'one that expired ten minutes ago',
    () => api({ claims: { iat: seconds(-3600), nbf: seconds(-3600), exp: seconds(-600) } }),
  ],
  ['one that begins in ten minutes', () => api({ claims: { nbf: seconds(600) } })],
  ['one without an end', () => api({ claims: { exp: undefined } })],
  ['one without a signature', () => api({ alg: 'none' })],
  ['one with an HMAC of the public key', () => api({ alg: 'HS256' })],
  ['one signed with a key nobody published', () => api({ key: 'unpublished' })],
  ["one signed with another key under a published key's id", () => api({ key: 'forged' })],
  ['one whose claims were changed', () => api({ tamper: 'claims' })],
  ['one whose signature was changed', () => api({ tamper: 'signature' })],
  ['a logout token', () => provider.issueLogoutToken()],
  ['no token at all', () => 'x.y.z'],
])('both refuse %s', async (_name, token) => {
  expect(await verdicts(token())).toEqual([false, false]);
});

it.each<[string, () => string]>([
  ['an ID token, which is for the application and not for an API', () => provider.issueIdToken({ nonce: 'n' })],
  ['a token signed with a key that Entra keeps for another tenant', () => api({ key: 'other-issuer' })],
  ['one of another tenant under the issuer of ours', () => api({ claims: { tid: ELSEWHERE } })],
  ['one without a tenant', () => api({ claims: { tid: undefined } })],
  ['one that says twice who it is for', () => api({ duplicates: { oid: '00000000-0000-4000-8000-00000000000e' } })],
  ['one of version 1.0 under the issuer of 2.0', () => api({ claims: { ver: '1.0' } })],
  [
    'one that expired four minutes ago',
    () => api({ claims: { iat: seconds(-3600), nbf: seconds(-3600), exp: seconds(-240) } }),
  ],
  ['one that grants nothing: neither scope nor app role', () => api({ claims: { scp: undefined, roles: undefined } })],
])('ours alone refuses, on purpose, %s', async (_name, token) => {
  expect(await verdicts(token())).toEqual([true, false]);
});

it('ours alone takes a token without `kid`, where only one published key is of that tenant; Entra always writes it', async () => {
  expect(await verdicts(api({ key: 'no-kid' }))).toEqual([false, true]);
});

/** From the redirect to the provider to the answer that is made of its answer. */
async function signInWith(probe: Probe): Promise<Said> {
  const { redirect } = await probe.ask({ path: '/login' });
  const asked = new URL(redirect ?? '');
  const answer = await fetchTrusting(asked);
  const back = new URL(answer);
  return probe.ask({ path: back.pathname + back.search });
}

/** The `location` of the provider's redirect; its certificate is our own. */
async function fetchTrusting(url: URL): Promise<string> {
  const { get } = await import('node:https');
  return new Promise((location, fail) => {
    get(url, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      location(answer.headers.location ?? '');
    }).on('error', fail);
  });
}

it('both sign the same person in at the same provider; ours alone with PKCE', async () => {
  provider.forget();
  const [theirs, mine] = [await signInWith(old), await signInWith(ours)];
  expect(theirs).toMatchObject({ accepted: true, user: { name: 'ada' } });
  expect(mine.user).toEqual(theirs.user);
  const [first, second] = provider.requestsTo('authorize');
  expect(first?.form.has('code_challenge')).toBe(false);
  expect(second?.form.get('code_challenge_method')).toBe('S256');
});

it.each<[string, Parameters<ScriptedProvider['lie']>[0]]>([
  ['for another application', { idToken: { claims: { aud: 'somebody-else' } } }],
  ['with the nonce of another sign-in', { idToken: { claims: { nonce: 'other' } } }],
  ['of another issuer', { idToken: { claims: { iss: 'https://evil.test' } } }],
  ['without a signature', { idToken: { alg: 'none' } }],
  ['signed with an unknown key', { idToken: { key: 'unpublished' } }],
])('both refuse an ID token %s', async (_name, lie) => {
  for (const probe of [old, ours]) {
    provider.lie(lie);
    expect((await signInWith(probe)).accepted).toBe(false);
  }
});

it('both refuse the state of somebody else, and where the person said no', async () => {
  for (const probe of [old, ours]) {
    provider.lie({ at: 'authorize', callback: { state: 'of-somebody-else' } });
    expect((await signInWith(probe)).accepted).toBe(false);
    provider.lie({ at: 'authorize', error: 'access_denied' });
    expect((await signInWith(probe)).accepted).toBe(false);
  }
});
