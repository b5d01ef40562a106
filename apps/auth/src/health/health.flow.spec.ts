import { eventually } from '@gatehouse/testing';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';

let auth: RunningAuth;
beforeAll(async () => {
  auth = await startAuth();
});
afterAll(() => auth.close());

describe('the figures of the service', () => {
  const figure = async (name: string): Promise<number> => {
    const { text } = await auth.ask('GET', '/metrics');
    const line = text
      .split('\n')
      .find((candidate) => candidate.startsWith(`${name}{`) || candidate.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1));
  };

  it('tell sign-ins, live sessions and the state of the feed', async () => {
    const person = { email: 'figures@example.test', password: 'a long enough passphrase' };
    await auth.ask('POST', '/api/v1/auth/signup', { body: person });
    await auth.ask('POST', '/api/v1/auth/signin', { body: person });
    await auth.ask('POST', '/api/v1/auth/signin', { body: { ...person, password: 'not the right one' } });
    const { text } = await auth.ask('GET', '/metrics');
    expect(text).toMatch(/auth_sign_ins_total\{result="ok",reason="",service="auth"\} 1/);
    expect(text).toMatch(/auth_sign_ins_total\{result="failed",reason="wrong_password",service="auth"\} 1/);
    expect(text).toMatch(/redis_sessions_created_total\{service="auth"\} 1/);
    expect(text).toMatch(/auth_outbox_pending\{service="auth"\} 0/);
    expect(text).toMatch(/auth_access_tokens_issued_total\{kind="person",service="auth"\} 1/);
    expect(text).toMatch(/^session_validator_decisions_total\{reason="OK"\}/m);
    expect(await figure('database_up')).toBe(1);
    expect(await figure('auth_hashing_capacity')).toBeGreaterThan(1);
    expect(await figure('sessions_active')).toBe(1);
    expect(await figure('redis_sessions_total')).toBe(1);
    await eventually(async () => expect(await figure('auth_feed_heartbeat_age_seconds')).toBeLessThan(2));
    expect(await figure('auth_feed_admitted')).toBe(1);
  });

  it('hold no e-mail, token or session id', async () => {
    const { text } = await auth.ask('GET', '/metrics');
    expect(text).not.toMatch(/@example|eyJ|[0-9a-f]{64}/);
  });
});

describe('readiness', () => {
  it('tells what was found', async () => {
    await eventually(async () => {
      const { status, body } = await auth.ask('GET', '/ready');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        status: 'ready',
        checks: {
          redis: { embedded: true, read_write: true },
          mysql: { connectivity: true },
          keys: { active: true },
          feed: { admitted: true },
        },
      });
    });
  });
});
