import { randomHex } from '@gatehouse/kernel';
import { Metrics } from '@gatehouse/observability';
import { aProof, aServiceKey, proofForm } from '../../../test/client-proof.js';
import {
  ACCOUNTS,
  aService,
  INTROSPECT,
  type KnownService,
  REVOKE,
  sendForm,
  type SignedIn,
  signIn,
  TOKEN,
} from '../../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { AuditLog } from '../../audit/audit-log.port.js';

let auth: RunningAuth;
let admin: SignedIn;
let hosts = 0;
/** An address nobody has used yet. */
const anAddress = () => `198.18.${(++hosts >> 8) & 255}.${hosts & 255}`;

beforeAll(async () => {
  auth = await startAuth({
    RATE_LIMIT_ENABLED: 'true',
    RATE_LIMIT_CLIENT_PER_MINUTE: '20',
    RATE_LIMIT_API_PER_MINUTE: '200',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  admin = await signIn(auth, ['user', 'admin']);
});
afterAll(() => auth.close());

const service = () => aService(auth, admin, { scopes: ['tokens:introspect'] });
const send = (path: string, form: Record<string, string>, ip: string, as?: KnownService) =>
  sendForm(auth, path, form, { as, headers: { 'x-forwarded-for': ip } });
const grant = (as: KnownService, ip: string) => send(TOKEN, { grant_type: 'client_credentials' }, ip, as);
const wrong = (as: KnownService): KnownService => ({ ...as, secret: `gatehouse_secret_${randomHex(16)}` });
const policies = ({ headers }: Answer) => headers['ratelimit-policy'];

describe('requests of one client', () => {
  it('are counted over all three routes, with a true account of what is left (R9, R10)', async () => {
    const [as, ip] = [await service(), anAddress()];
    const answers = [
      await grant(as, ip),
      await send(INTROSPECT, { token: 'x' }, ip, as),
      await send(REVOKE, { token: 'x' }, ip, as),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(policies)).toEqual(Array(3).fill('"api";q=200;w=60, "client";q=20;w=60'));
    expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['19', '18', '17']);
    for (let n = 3; n < 20; n++) expect((await grant(as, ip)).status).toBe(200);
    const refused = await grant(as, ip);
    expect([refused.status, refused.body.error]).toEqual([429, 'temporarily_unavailable']);
    expect(refused.headers).toMatchObject({
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '0',
      'cache-control': 'no-store',
    });
    const waitSeconds = Number(refused.headers['retry-after']);
    expect(waitSeconds).toBeGreaterThanOrEqual(1);
    expect(waitSeconds).toBeLessThanOrEqual(60);
    for (const path of [INTROSPECT, REVOKE]) expect((await send(path, { token: 'x' }, ip, as)).status).toBe(429);
  });

  it('are nobody else’s: not another client’s, not those of the same client elsewhere, not people’s', async () => {
    const [as, other, ip] = [await service(), await service(), anAddress()];
    for (let n = 0; n < 20; n++) await grant(as, ip);
    expect((await grant(as, ip)).status).toBe(429);
    // A stranger who knows the id of a client uses up nothing of what it needs where it runs.
    expect((await grant(as, anAddress())).status).toBe(200);
    expect((await grant(other, ip)).status).toBe(200);
    const { headers } = await auth.ask('GET', '/api/v1/auth/jwks', { headers: { 'x-forwarded-for': ip } });
    expect(headers['ratelimit']).toMatch(/^"api";r=199;/);
  });

  it('count as one where the name can be no client’s, and with bodies that are no forms', async () => {
    const ip = anAddress();
    const forms = [{ token: 'x', client_id: 'web' }, { token: 'x' }, { token: 'x', client_id: 'svc_é' }, {}];
    const seen = [];
    for (const form of forms) seen.push(await send(REVOKE, form as Record<string, string>, ip));
    seen.push(await sendForm(auth, REVOKE, '%zz', { headers: { 'x-forwarded-for': ip } }));
    expect(seen.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['19', '18', '17', '16', '15']);
  });

  it('made under made-up names are held by what the network may do', async () => {
    const ip = anAddress();
    const statuses = [];
    for (let n = 0; n < 210; n++) {
      statuses.push((await grant({ clientId: `svc_${randomHex(12)}`, secret: 'x' }, ip)).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(200);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('guesses at the secret of a client', () => {
  it('put off the next, more and more, right or wrong, at each of the routes', async () => {
    const [as, ip] = [await service(), anAddress()];
    for (let n = 0; n < 6; n++) expect((await grant(wrong(as), ip)).status).toBe(401);
    for (const [path, form] of [
      [TOKEN, { grant_type: 'client_credentials' }],
      [INTROSPECT, { token: 'x' }],
      [REVOKE, { token: 'x' }],
    ] as const) {
      const answer = await send(path, form, ip, as);
      expect([answer.status, answer.body.error, answer.headers['retry-after']]).toEqual([
        429,
        'temporarily_unavailable',
        '1',
      ]);
      expect(answer.headers['ratelimit']).toMatch(/, "delay";r=0;t=1$/);
    }
    // Nor does it help to prove oneself in another way, or to name the client in the form.
    const post = { grant_type: 'client_credentials', client_id: as.clientId, client_secret: as.secret };
    expect((await send(TOKEN, post, ip)).status).toBe(429);
    // Elsewhere the service works as ever.
    expect((await grant(as, anAddress())).status).toBe(200);
  });

  it('made side by side are no more than those made one by one', async () => {
    const [as, ip] = [await service(), anAddress()];
    const answers = await Promise.all(Array.from({ length: 15 }, () => grant(wrong(as), ip)));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(6);
  });

  it('are forgiven by the right one', async () => {
    const [as, ip] = [await service(), anAddress()];
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 5; n++) expect((await grant(wrong(as), ip)).status).toBe(401);
      expect((await grant(as, ip)).status).toBe(200);
    }
  });

  it('are not what fails for another reason', async () => {
    const [as, ip] = [await service(), anAddress()];
    for (let n = 0; n < 12; n++) {
      const scope = { grant_type: 'client_credentials', scope: 'more:than:granted' };
      expect((await send(TOKEN, scope, ip, as)).body.error).toBe('invalid_scope');
    }
    expect((await grant(as, ip)).status).toBe(200);
  });

  it('put off nobody who is known by the right one, and nobody who proves themselves with a key', async () => {
    const [as, ip] = [await service(), anAddress()];
    expect((await grant(as, ip)).status).toBe(200);
    const key = aServiceKey();
    const { clientId } = await aService(auth, admin, { jwks: { keys: [key.jwk] } });
    // A neighbour in the same network has the secret of yesterday.
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await grant(wrong(as), ip), await grant({ clientId, secret: `${n}` }, ip));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
    expect((await grant(as, ip)).status).toBe(200);
    expect((await send(INTROSPECT, { token: 'x' }, ip, as)).status).toBe(200);
    expect((await send(TOKEN, proofForm(aProof(key, clientId)), ip)).status).toBe(200);
  });

  it('are not what a service asks at once with the right one, though nobody knows it yet', async () => {
    const [as, ip] = [await service(), anAddress()];
    const answers = await Promise.all(Array.from({ length: 18 }, () => grant(as, ip)));
    expect(answers.map(({ status }) => status)).toEqual(Array(18).fill(200));
  });

  it('once put off, are refused however many of the same come at once, the right one with the others', async () => {
    const [as, ip] = [await service(), anAddress()];
    for (let n = 0; n < 6; n++) expect((await grant(wrong(as), ip)).status).toBe(401);
    const same = wrong(as);
    const delayed = await Promise.all([as, as, as, same, same].map((one) => grant(one, ip)));
    expect(delayed.map(({ status }) => status)).toEqual(Array(5).fill(429));
  });

  it('begin anew with a secret that was taken away', async () => {
    const [as, ip] = [await service(), anAddress()];
    expect((await grant(as, ip)).status).toBe(200);
    const path = `${ACCOUNTS}/${as.clientId}`;
    const { secrets } = (await auth.ask('GET', path, { token: admin.accessToken })).body.data.service_account;
    await auth.ask('DELETE', `${path}/secrets/${secrets[0].id}`, { token: admin.accessToken });
    const statuses = [];
    for (let n = 0; n < 9; n++) statuses.push((await grant(as, ip)).status);
    // Known at the first, which told that it is wrong; then six guesses, as ever.
    expect(statuses).toEqual([...Array(7).fill(401), 429, 429]);
  });

  it('tell nobody which clients there are, and are counted, logged and audited without a secret (C15)', async () => {
    const [as, ip] = [await service(), anAddress()];
    const told = async (clientId: string) => {
      const seen = [];
      for (let n = 0; n < 8; n++) {
        const { status, body, headers } = await grant({ clientId, secret: 'gatehouse_secret_guess' }, ip);
        seen.push([
          status,
          body,
          headers['x-ratelimit-remaining'],
          headers['ratelimit-policy'],
          headers['retry-after'],
        ]);
      }
      return seen;
    };
    const record = jest.spyOn(auth.app.get(AuditLog), 'record');
    expect(await told(as.clientId)).toEqual(await told(`svc_${randomHex(12)}`));
    const refusals = record.mock.calls.map(([event]) => event).filter(({ kind }) => kind === 'limit.exceeded');
    expect(refusals).toContainEqual(
      expect.objectContaining({
        clientId: as.clientId,
        ipAddress: ip,
        details: expect.objectContaining({ policy: 'delay' }),
      }),
    );
    record.mockRestore();
    expect(await auth.app.get(Metrics).text()).toMatch(
      /auth_rate_limited_total\{policy="client",service="auth"\} [1-9]/,
    );
    expect(auth.log()).not.toContain('gatehouse_secret_');
  });
});
