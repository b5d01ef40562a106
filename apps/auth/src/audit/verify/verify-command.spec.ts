import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { freePort, freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { aPersonOf, PASSWORD } from '../../../test/admin-of.js';
import { opener } from '../../../test/databases.js';
import { startAuth } from '../../../test/start-auth.js';
import { authConfig } from '../../config/auth.config.js';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { openForVerify } from '../adapters/open-for-verify.js';
import { SqlAuditChain } from '../adapters/sql-audit-chain.js';
import { ChainSealer } from '../chain.js';
import { newRowOf } from '../new-row.js';
import type { AuditVerdict } from './audit-verdict.js';
import { VERIFY_USAGE, verifyCommand } from './verify-command.js';

async function run(env: Record<string, string>, ...args: string[]) {
  let out = '';
  let err = '';
  const open = () => openForVerify(loadConfig(authConfig, env), silentLogger);
  const code = await verifyCommand(args, open, { out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

describe('audit:verify', () => {
  const folder = testFolder('audit-verify');
  const env = { DATA_DIR: folder };
  const change = async (statement: string) => {
    const database = await (await opener(`sqlite:${join(folder, 'auth.sqlite')}`))();
    await database.dataSource.query(statement);
    await database.close();
  };
  beforeAll(async () => {
    const auth = await startAuth(env);
    const { email } = await aPersonOf(auth);
    for (let n = 0; n < 3; n++) await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } });
    await auth.close();
  });

  it('says that a log is as it was written, and what to note down', async () => {
    const { code, out, err } = await run(env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Intact: [1-9]\d* events are as they were written\.\nNote down, .*: [1-9]\d*:[0-9a-f]{64}\n$/);
  });

  it('says so to a program, and finds what was noted down again', async () => {
    const { code, out } = await run(env, '--json');
    expect(code).toBe(0);
    const { intact, complete, head } = JSON.parse(out) as AuditVerdict;
    expect({ intact, complete }).toEqual({ intact: true, complete: true });
    expect((await run(env, '--checkpoint', `${head.seq}:${head.hash}`)).code).toBe(0);
    const other = await run(env, '--checkpoint', `${head.seq}:${'a'.repeat(64)}`);
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining(`BROKEN at event ${head.seq}:`) });
    expect((await run(env, '--checkpoint', `${head.seq + 1}:${'a'.repeat(64)}`)).code).toBe(1);
  });

  it('does not take the key of another service for the right one', async () => {
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const other = await run({ ...env, KEY_ENCRYPTION_KEY: keyEncryptionKey, ROOT_SIGNING_KEY: rootSigningKey });
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining('this service has not sealed the end') });
  });

  it('names the first event that is wrong, and ends with 1', async () => {
    await change(`UPDATE audit_events SET kind = 'signout' WHERE seq = 2`);
    const { code, out } = await run(env, '--quiet');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^BROKEN at event 2: the event is not what was written\.\n1 events before that hold together\.\n/,
    );
    expect(JSON.parse((await run(env, '--json')).out)).toMatchObject({
      intact: false,
      fault: { seq: 2, what: 'changed' },
    });
  });

  it.each([['--checkpoint', 'x'], ['--nothing'], ['extra']])('explains itself when asked with %s', async (...args) => {
    expect(await run(env, ...args)).toEqual({ code: 2, out: '', err: VERIFY_USAGE });
  });

  it('explains itself when asked to', async () => {
    expect(await run(env, '--help')).toEqual({ code: 0, out: VERIFY_USAGE, err: '' });
  });

  it('ends with 2 where there is nothing to check, and makes nothing', async () => {
    const empty = testFolder('audit-none');
    const { code, err } = await run({ DATA_DIR: empty });
    expect({ code, err }).toEqual({ code: 2, err: 'The audit log could not be checked: there is no database yet\n' });
    expect(existsSync(join(empty, 'auth.sqlite'))).toBe(false);
  });

  it('ends with 2 when the database does not answer, and shows nothing of its address', async () => {
    const secrets = generateSecrets();
    const { code, out, err } = await run({
      DATABASE_URL: `mysql://someone:hidden@127.0.0.1:${await freePort()}/none`,
      REDIS_URL: 'redis://127.0.0.1:1',
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
    });
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'The audit log could not be checked: the database does not answer\n',
    });
  });

  it('reads twenty thousand events of MySQL in seconds', async () => {
    const url = await freshMysqlDatabaseUrl();
    const secrets = generateSecrets();
    const database = await (await opener(url))();
    const masterKey = Buffer.from(secrets.keyEncryptionKey, 'base64');
    const chain = new SqlAuditChain(database.dataSource, new ChainSealer(masterKey), {
      nowMs: () => Date.now(),
      nowSeconds: () => 0,
    });
    const sessionId = randomBytes(32).toString('hex');
    // Few enough at a time for a busy machine: the database is given a second for them.
    for (let n = 0; n < 200; n++) {
      const rows = Array.from({ length: 100 }, () =>
        newRowOf(
          { kind: 'signin.succeeded', userId: n + 1, sessionId, ipAddress: '192.0.2.1', requestId: sessionId },
          Date.now(),
        ),
      );
      await chain.append(rows);
    }
    await database.close();
    const startedMs = performance.now();
    const { code, out } = await run(
      {
        DATABASE_URL: url,
        REDIS_URL: 'redis://127.0.0.1:1',
        KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
        ROOT_SIGNING_KEY: secrets.rootSigningKey,
      },
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ intact: true, checked: 20_000 });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  }, 60_000);
});
