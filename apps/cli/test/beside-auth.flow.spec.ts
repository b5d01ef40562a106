import type { FeedRecord } from '@gatehouse/contracts';
import { eventually } from '@gatehouse/testing';
import type { Diagnosis } from '../src/doctor/finding.js';
import type { TokenReport } from '../src/explain/explain-token.js';
import type { Outcome } from '../src/revoke/outcome.js';
import { AuthProcess } from './harness/auth-process.js';
import { type Env, gatehouse, start } from './harness/gatehouse.js';

describe('the command line beside a real auth service without Redis', () => {
  let auth: AuthProcess;
  let env: Env;

  beforeAll(async () => {
    auth = await AuthProcess.launch();
    env = { AUTH_URL: auth.url, AUTH_TRUST_ANCHOR: auth.trustAnchor };
  }, 30_000);
  afterAll(() => auth.stop());

  it('finds it sound over HTTP, and its keys those of the trust anchor', async () => {
    const { code, stdout } = await gatehouse(['doctor', '--json'], env);
    const { findings, passed } = JSON.parse(stdout) as Diagnosis;
    expect({ code, findings }).toEqual({ code: 0, findings: [] });
    expect(passed).toEqual(expect.arrayContaining(['auth service', 'keys']));
  });

  it('shows a sign-out in the stream, and says why the token is refused from then on', async () => {
    const { accessToken, sessionId } = await auth.signUp('ada@example.test');
    expect((await gatehouse(['explain', '-'], env, accessToken)).code).toBe(0);
    const offline = ['explain', '-', '--no-feed', '--key-bundle', auth.keyBundleFile];
    expect((await gatehouse(offline, { AUTH_TRUST_ANCHOR: env['AUTH_TRUST_ANCHOR'] }, accessToken)).code).toBe(0);

    const tail = start(['tail', '--json', '--heartbeats'], env);
    await eventually(() => expect(tail.stdout()).not.toBe(''), { timeoutMs: 10_000 });
    const headers = { authorization: `Bearer ${accessToken}` };
    await fetch(`${auth.url}/api/v1/auth/signout`, { method: 'POST', headers });
    await eventually(() => expect(tail.stdout()).toContain(sessionId));
    tail.process.kill('SIGINT');
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as FeedRecord);
    for (const [n, record] of records.slice(1).entries()) expect(record.previous).toBe(records[n]?.position);

    const refused = await gatehouse(['explain', '-', '--json'], env, accessToken);
    expect(refused.code).toBe(1);
    const report = refused.json<TokenReport>();
    expect(report).toMatchObject({
      reason: 'SESSION_REVOKED',
      revocations: [{ scope: 'sid', reason: 'user_signout' }],
    });
  });

  it('revokes through its database alone: it is in the feed within a pass, and no refresh brings it back', async () => {
    const { accessToken, refreshToken, sessionId } = await auth.signUp('bob@example.test');
    const own = { ...env, DATABASE_URL: auth.databaseUrl };
    const ended = await gatehouse(['revoke', '--sid', sessionId, '--reason', 'risk', '--wait', '--json'], own);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    expect(ended.json<Outcome>()).toMatchObject({ durableIn: 'database', isDelivered: false });
    expect(ended.json<Outcome>().appliedAfterMs).toBeLessThan(2_500);
    const report = (await gatehouse(['explain', '-', '--json'], env, accessToken)).json<TokenReport>();
    expect(report.revocations).toMatchObject([{ scope: 'sid', reason: 'risk', id: ended.json<Outcome>().id }]);
    expect((await auth.post('refresh', { refresh_token: refreshToken })).status).toBe(401);
  });

  it('says that it is gone, once it is', async () => {
    const other = await AuthProcess.launch();
    const there = { AUTH_URL: other.url, AUTH_TRUST_ANCHOR: other.trustAnchor };
    await other.stop();
    const doctor = await gatehouse(['doctor', '--json'], there);
    expect(doctor.code).toBe(2);
    expect(doctor.stdout).toContain('AUTH_FEED_UNREACHABLE');
    const tail = await gatehouse(['tail'], there);
    expect(tail.code).toBe(2);
    expect(Math.max(doctor.tookMs, tail.tookMs)).toBeLessThan(5_000);
  }, 30_000);
});
