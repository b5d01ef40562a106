import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { testFolder } from '@gatehouse/testing';
import { startAuth } from '../../../test/start-auth.js';
import { authConfig } from '../../config/auth.config.js';
import { openServiceAccounts } from './open-service-accounts.js';
import { serviceAccountCommand } from './service-account-command.js';
import type { ServiceCredentials } from './keep-service-account.js';

function aService() {
  const folder = testFolder('service-account');
  const env = { DATA_DIR: folder, PUBLIC_URL: 'http://auth.test' };
  const file = join(folder, 'gateway-client.json');
  const shown: string[] = [];
  const io = {
    folder,
    out: (text: string) => void shown.push(text),
    err: (text: string) => void shown.push(text),
  };
  const open = () => openServiceAccounts(loadConfig(authConfig, env), silentLogger);
  const credentials = () => JSON.parse(readFileSync(file, 'utf8')) as ServiceCredentials;
  const make = (scope = 'federation', ...more: string[]) =>
    serviceAccountCommand(['--name', 'Gateway', '--scope', scope, '--credentials', file, ...more], open, io);
  return { env, file, open, io, make, credentials, shown: () => shown.join('') };
}

describe('service-account:new', () => {
  it('lets a service in that gets tokens of its own, and shows its secret to nobody', async () => {
    const { env, file, make, credentials, shown } = aService();
    expect(await make()).toBe(0);
    const { clientId, clientSecret } = credentials();
    expect(shown()).toBe(`Made service account ${clientId}.\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const auth = await startAuth(env);
    try {
      const answer = await auth.app.inject({
        method: 'POST',
        url: '/api/v1/auth/token',
        headers: {
          authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: 'grant_type=client_credentials',
      });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ token_type: 'Bearer', scope: 'federation' });
    } finally {
      await auth.close();
    }
  });

  it('keeps the credentials in the folder it is called from', async () => {
    const { file, io, open, shown } = aService();
    const args = ['--name', 'Gateway', '--scope', 'federation', '--credentials', 'gateway-client.json'];
    expect(await serviceAccountCommand(args, open, io)).toBe(0);
    expect(shown()).toContain((JSON.parse(readFileSync(file, 'utf8')) as ServiceCredentials).clientId);
  });

  it('makes one account, however often it is asked', async () => {
    const { make, credentials, shown } = aService();
    await make();
    const first = credentials();
    expect(await make()).toBe(0);
    expect(credentials()).toEqual(first);
    expect(shown()).toContain('is still good');
  });

  it('makes another where the file is of another database, is spoilt, or grants less', async () => {
    const { file, make, credentials } = aService();
    const elsewhere = aService();
    await elsewhere.make();
    writeFileSync(file, readFileSync(elsewhere.file));
    expect(await make()).toBe(0);
    const own = credentials();
    expect(own.clientId).not.toBe(elsewhere.credentials().clientId);

    writeFileSync(file, '{"clientId":1}');
    expect(await make()).toBe(0);
    const second = credentials();
    expect(second.clientId).not.toBe(own.clientId);
    expect(await make('orders:read')).toBe(0);
    expect(credentials().clientId).not.toBe(second.clientId);
  });

  it.each([
    ['no name', ['--scope', 'federation', '--credentials', 'x']],
    ['no scope', ['--name', 'Gateway', '--credentials', 'x']],
    ['a scope that is none', ['--name', 'Gateway', '--scope', 'a b', '--credentials', 'x']],
    ['no file', ['--name', 'Gateway', '--scope', 'federation']],
    ['a secret on the command line', ['--name', 'G', '--scope', 'f', '--credentials', 'x', '--secret', 'hunter2']],
  ])('tries nothing with %s', async (_what, args) => {
    const { io, shown } = aService();
    const open = jest.fn();
    expect(await serviceAccountCommand(args, open, io)).toBe(2);
    expect(open).not.toHaveBeenCalled();
    expect(shown()).toContain('Usage');
  });

  it('takes credentials that were made before there was a database, from a file it may only read', async () => {
    const { file, make, credentials, shown } = aService();
    const given = { clientId: `svc_${'0a'.repeat(12)}`, clientSecret: 'A_-z'.repeat(11) };
    writeFileSync(file, JSON.stringify(given), { mode: 0o444 });
    expect(await make('federation', '--adopt')).toBe(0);
    expect(await make('federation', '--adopt')).toBe(0);
    expect(credentials()).toEqual(given);
    expect(shown()).toBe(`Made service account ${given.clientId}.\n${given.clientId} is still good.\n`);
  });

  it('adopts nothing weak, nothing of another form, and no secret for an account that has one', async () => {
    const { file, make, shown } = aService();
    const sound = { clientId: `svc_${'0b'.repeat(12)}`, clientSecret: 'A_-z'.repeat(11) };
    writeFileSync(file, JSON.stringify(sound));
    expect(await make('federation', '--adopt')).toBe(0);
    const wrong = [
      '{}',
      JSON.stringify({ ...sound, clientId: 'gateway' }),
      JSON.stringify({ ...sound, clientSecret: 'hunter2' }),
      JSON.stringify({ ...sound, clientSecret: 'B_-z'.repeat(11) }),
    ];
    for (const text of wrong) {
      writeFileSync(file, text);
      expect([text, await make('federation', '--adopt')]).toEqual([text, 2]);
    }
    expect(shown()).not.toContain('hunter2');
  });

  it('makes no account whose secret could be written nowhere', async () => {
    const { io, shown } = aService();
    const open = jest.fn();
    const args = ['--name', 'Gateway', '--scope', 'federation', '--credentials', '/nowhere/at/all.json'];
    expect(await serviceAccountCommand(args, open, io)).toBe(2);
    expect(open).not.toHaveBeenCalled();
    expect(shown()).toContain('It could not be tried');
  });
});
