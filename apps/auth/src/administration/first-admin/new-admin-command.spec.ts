import { loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { testFolder } from '@gatehouse/testing';
import { quickHasher, startAuth } from '../../../test/start-auth.js';
import { authConfig } from '../../config/auth.config.js';
import { UserRepository } from '../../users/user-repository.port.js';
import { newAdminCommand } from './new-admin-command.js';
import { openAdministration } from './open-administration.js';

const EMAIL = 'root@example.test';

function aTerminal(typed: readonly string[] | undefined, line = '') {
  const shown: string[] = [];
  const answers = [...(typed ?? [])];
  return {
    shown: () => shown.join(''),
    out: (text: string) => void shown.push(text),
    err: (text: string) => void shown.push(text),
    askHidden: typed && (async () => answers.shift() ?? ''),
    readLine: async () => line,
  };
}

async function aService() {
  const env = { DATA_DIR: testFolder('first-admin'), PUBLIC_URL: 'http://auth.test', ARGON2_MEMORY_KIB: '19456' };
  const settings = loadConfig(authConfig, env);
  const open = () => openAdministration(settings, silentLogger);
  const signIn = async (password: string) => {
    const auth = await startAuth(env, { hasher: quickHasher() });
    const answer = await auth.ask('POST', '/api/v1/auth/signin', { body: { email: EMAIL, password } });
    const people = await auth.app.get(UserRepository).page({ limit: 9 });
    await auth.close();
    return { ...answer, people };
  };
  return { open, signIn };
}

describe('admin:new', () => {
  it('makes an administrator who can sign in, in a database where nobody is', async () => {
    const { open, signIn } = await aService();
    expect((await signIn('anything')).people).toEqual([]);
    const io = aTerminal(['a long enough phrase', 'a long enough phrase']);
    expect(await newAdminCommand(['--email', EMAIL], open, io)).toBe(0);
    expect(io.shown()).not.toContain('phrase');
    const answer = await signIn('a long enough phrase');
    expect(answer.status).toBe(200);
    expect(answer.body.data.user.roles).toEqual(['user', 'admin']);
  });

  it('makes a password where none is given, and shows it once', async () => {
    const { open, signIn } = await aService();
    const io = aTerminal(undefined);
    expect(await newAdminCommand(['--email', EMAIL, '--generate'], open, io)).toBe(0);
    const password = /once: (\S+)/.exec(io.shown())![1]!;
    expect(password.length).toBeGreaterThanOrEqual(24);
    expect((await signIn(password)).status).toBe(200);
  });

  it('leaves whoever has the address as they are', async () => {
    const { open, signIn } = await aService();
    const line = 'a long enough phrase';
    expect(await newAdminCommand(['--email', EMAIL, '--password-stdin'], open, aTerminal(undefined, line))).toBe(0);
    const io = aTerminal(undefined, 'quite another phrase');
    expect(await newAdminCommand(['--email', EMAIL.toUpperCase(), '--password-stdin'], open, io)).toBe(1);
    expect(io.shown()).toContain('Nothing was changed');
    expect((await signIn(line)).status).toBe(200);
  });

  it.each([
    ['no address', []],
    ['what is no address', ['--email', 'root']],
    ['a password on the command line', ['--email', EMAIL, '--password', 'a long enough phrase']],
    ['two ways to get one', ['--email', EMAIL, '--generate', '--password-stdin']],
    ['no way to get one', ['--email', EMAIL]],
  ])('tries nothing with %s', async (_what, args) => {
    const open = jest.fn();
    expect(await newAdminCommand(args, open, aTerminal(undefined))).toBe(2);
    expect(open).not.toHaveBeenCalled();
  });

  it('refuses a weak password, and two that differ', async () => {
    const { open } = await aService();
    expect(await newAdminCommand(['--email', EMAIL], open, aTerminal(['password', 'password']))).toBe(1);
    expect(await newAdminCommand(['--email', EMAIL], open, aTerminal(['one long phrase', 'two long phrase']))).toBe(1);
  });
});
