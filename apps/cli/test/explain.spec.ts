import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestIssuer } from '@gatehouse/session-validator/testing';
import { freePort, type RedisServer, startRedis, testFolder } from '@gatehouse/testing';
import type { TokenReport } from '../src/explain/explain-token.js';
import { FeedWriter } from './harness/feed-writer.js';
import { type Ended, type Env, gatehouse } from './harness/gatehouse.js';

/** No part of a token may come back, on either stream. */
function expectNothingOf(token: string, { stdout, stderr }: Ended): void {
  for (const part of token.split('.').filter(({ length }) => length > 8)) {
    expect(stdout).not.toContain(part);
    expect(stderr).not.toContain(part);
  }
}

describe('explain', () => {
  let redis: RedisServer;
  let writer: FeedWriter;
  let env: Env;

  beforeAll(async () => {
    redis = await startRedis();
    writer = await FeedWriter.begin(redis.url);
    env = { REDIS_URL: redis.url, AUTH_TRUST_ANCHOR: writer.issuer.trustAnchor };
  });
  afterAll(async () => {
    await writer.close();
    await redis.stop();
  });

  it('accepts a token that services accept, and shows what it says but not the token', async () => {
    const token = writer.issuer.token({ sub: '42', roles: ['admin'] });
    const ended = await gatehouse(['explain', '-'], env, `Authorization: Bearer ${token}\n`);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^accepted\n/);
    expect(ended.stdout).toMatch(/sub +42\n/);
    expect(ended.stdout).toMatch(/exp +\d+ {2}\(in 1[45] min/);
    expect(ended.stdout).toMatch(/ok +signature +matches the key/);
    expect(ended.stdout).toMatch(/ok +freshness +the list was last proven [01]\.\d s ago/);
    expectNothingOf(token, ended);
  });

  it('shows who acts in the place of its subject', async () => {
    const token = writer.issuer.token({ sub: '42', act: { sub: '7' } });
    const { stdout } = await gatehouse(['explain', '-'], env, token);
    expect(stdout).toMatch(/act +\{"sub":"7"\}\n/);
    expect(stdout).toMatch(/ok +claims .*somebody else acts/);
  });

  it('is in no list of services that enforce', async () => {
    await gatehouse(['explain', '-'], env, writer.issuer.token());
    expect(await redis.command('EXISTS', 'rev:receipts')).toBe(0);
  });

  it('names the revocation that ended it, with reason and receipt', async () => {
    const claims = writer.issuer.claims();
    await writer.revoke({ scope: 'sid', value: claims.sid, reason: 'reuse_detected' });
    const token = writer.issuer.token(claims);
    const ended = await gatehouse(['explain', token, '--json'], env);
    const report = ended.json<TokenReport>();
    expect(ended.code).toBe(1);
    expect(report).toMatchObject({ accepted: false, reason: 'SESSION_REVOKED', unproven: false });
    expect(report.revocations).toEqual([
      expect.objectContaining({ scope: 'sid', reason: 'reuse_detected', id: 'by-auth' }),
    ]);
    const failed = report.steps.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ check }) => check)).toEqual(['revoked:sid']);
    expectNothingOf(token, ended);
  });

  it('shows what an unsigned stranger says as unproven', async () => {
    const token = createTestIssuer().token({ sub: '7' });
    const ended = await gatehouse(['explain', '-'], env, token);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('refused: TOKEN_INVALID');
    expect(ended.stdout).toContain('The token says (nothing of it is proven):');
    expectNothingOf(token, ended);
  });

  it.each([
    ['a megabyte', () => `${'A'.repeat(1024 * 1024)}`],
    ['a megabyte of parts', () => `${'eyJ'.repeat(200_000)}.${'eyJ'.repeat(100_000)}.x`],
    ['binary noise', () => randomBytes(4_096).toString('latin1')],
    ['two parts', () => 'eyJhbGciOiJub25lIn0.e30'],
    ['no algorithm', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.AA`],
    ['a payload that is a number', () => writer.issuer.sign('1e309')],
    [
      'claims of every wrong type',
      () => writer.issuer.sign('{"sub":{"a":1},"exp":1e300,"sid":[],"iat":-1,"roles":"x"}'),
    ],
  ])('refuses %s, within five seconds', async (_what, make) => {
    const token = make();
    const ended = await gatehouse(['explain', '-', '--json'], env, token);
    expect(ended.code).toBe(1);
    expect(ended.json()).toMatchObject({ accepted: false, reason: 'TOKEN_INVALID' });
    expect(ended.stdout.length).toBeLessThan(6_000);
    expect(ended.tookMs).toBeLessThan(5_000);
  });

  it('lets no claim steer the terminal', async () => {
    const token = writer.issuer.token({ client_id: 'a\u001b[2Jb\u009b2Kc\u202ed\nrefused: none' });
    const ended = await gatehouse(['explain', '-'], env, token);
    expect(ended.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(ended.stdout).not.toMatch(/^refused/m);
    const asJson = await gatehouse(['explain', '-', '--json'], env, token);
    expect(asJson.stdout).toMatch(/^[\n -~]*$/);
    expect(asJson.json<TokenReport>().claims['client_id']).toContain('\u001b[2J');
  });

  it('works from a file of keys alone, with no server', async () => {
    const path = join(testFolder('bundle'), 'key-bundle.jws');
    writeFileSync(path, `${writer.issuer.keyBundle()}\n`);
    const offline = {
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      AUTH_TRUST_ANCHOR: writer.issuer.trustAnchor,
    };
    const token = writer.issuer.token();
    const ended = await gatehouse(['explain', '-', '--no-feed', '--key-bundle', path], offline, token);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('Feed: not looked up');
    expect(ended.stdout).toMatch(/– +freshness +revocations are not looked up/);
    const without = await gatehouse(['explain', '-', '--no-feed', '--json'], offline, token);
    expect(without).toMatchObject({ code: 2 });
    expect(without.json()).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('says that it cannot tell when Redis is away or refuses the password, within five seconds and without the password', async () => {
    const guarded = await startRedis({ password: 'the-right-one' });
    const token = writer.issuer.token();
    for (const url of [`redis://127.0.0.1:${await freePort()}`, `redis://:the-wrong-one@127.0.0.1:${guarded.port}`]) {
      const ended = await gatehouse(['explain', '-'], { ...env, REDIS_URL: url }, token);
      expect(ended.code).toBe(2);
      expect(ended.stdout).toContain('refused: FEED_STALE');
      expect(ended.stderr).toContain('FEED_UNREACHABLE');
      expect(ended.stdout + ended.stderr).not.toMatch(/the-(wrong|right)-one/);
      expect(ended.tookMs).toBeLessThan(5_000);
      expectNothingOf(token, ended);
    }
    await guarded.stop();
  });

  it.each([
    ['no settings', {}, 'CONFIG_INVALID'],
    ['a file that is not there', { AUTH_TRUST_ANCHOR_FILE: '/nowhere/anchor' }, 'CONFIG_INVALID'],
  ])('refuses %s', async (_what, bad, code) => {
    const ended = await gatehouse(['explain', 'x', '--json'], bad);
    expect(ended.code).toBe(2);
    expect(ended.json()).toMatchObject({ error: { code } });
  });

  it('needs a token', async () => {
    expect(await gatehouse(['explain', '-', '--json'], env, ' \n')).toMatchObject({ code: 2 });
  });
});
