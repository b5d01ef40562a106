import { WriteStream } from 'node:tty';
import { Terminal } from '../src/terminal/terminal.js';
import { gatehouse } from './harness/gatehouse.js';

const COMMANDS = ['doctor', 'explain', 'revoke', 'tail', 'relay', 'bench'];

describe('the command line', () => {
  it('lists its commands, and says what the exit codes mean', async () => {
    const { code, stdout } = await gatehouse(['--help']);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toContain(`  ${name} `);
    expect(stdout).toContain('Ends with 0');
  });

  it('tells its version', async () => {
    expect(await gatehouse(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each(COMMANDS)('gives examples for %s, and --json', async (name) => {
    const { code, stdout } = await gatehouse([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\\n.*gatehouse ${name}`));
    expect(stdout).toContain('--json');
  });

  it.each([
    [['nonsense']],
    [['doctor', '--nonsense']],
    [['explain']],
    [['explain', 'a', 'b']],
    [['bench', '--seconds', '0']],
    [['revoke', '--sid']],
    [['users', 'import']],
    [['users', 'export']],
    [[]],
  ])('ends with 2 on wrong usage: %j', async (args) => {
    const { code, stdout, stderr } = await gatehouse(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it.each([
    ['is missing', { REDIS_URL: 'redis://here' }, 'HOME_REDIS_URL is needed'],
    ['is none', { HOME_REDIS_URL: 'http://relay:geheim@home', REDIS_URL: 'redis://here' }, 'HOME_REDIS_URL'],
    ['is not beside another one', { HOME_REDIS_URL: 'redis://home' }, 'REDIS_URL is needed'],
  ])('tells a relay whose Redis of the home region %s, and not what it was given', async (_what, env, told) => {
    const { code, stdout, stderr } = await gatehouse(['relay'], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toContain('geheim');
  });

  it('repeats nothing that may be a token or a password in the wrong place', async () => {
    const secret = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl';
    for (const args of [
      [secret],
      ['explain', '-', secret],
      ['doctor', `--password=${secret}`],
      ['bench', '--seconds', secret],
      ['revoke', '--sid', secret],
      ['revoke', '--jti', secret],
      ['users', 'import', '-', secret],
      ['users', 'export', '--out', 'x', `--password=${secret}`],
    ]) {
      const { code, stdout, stderr } = await gatehouse(args);
      expect(code).toBe(2);
      expect(stdout + stderr).not.toContain('eyJ');
    }
  });

  it('writes no colours where nobody looks', async () => {
    const { stdout } = await gatehouse(['doctor'], { TERM: 'xterm-256color', COLORTERM: 'truecolor' });
    expect(stdout).not.toContain('\u001b');
  });
});

describe('the terminal', () => {
  const written = (isTTY: boolean, env: Record<string, string>, isJson = false) => {
    const chunks: string[] = [];
    const stream = {
      isTTY,
      write: (text: string) => chunks.push(text),
      // What a real terminal's stream does.
      hasColors: () => WriteStream.prototype.getColorDepth(env) > 1,
    };
    const terminal = new Terminal(stream, stream, isJson);
    terminal.answer({ text: 'x\u001b[2J' }, () => [`${terminal.tint('bad', 'red')} \u001b[2Jclear`]);
    return chunks.join('');
  };

  it('has colours on a terminal, and none with NO_COLOR or in JSON', () => {
    const xterm = { TERM: 'xterm-256color' };
    expect(written(true, xterm)).toBe('\u001b[31mred\u001b[39m \ufffd[2Jclear\n');
    expect(written(true, { ...xterm, NO_COLOR: '1' })).toBe('red \ufffd[2Jclear\n');
    expect(written(true, { TERM: 'dumb' })).toBe('red \ufffd[2Jclear\n');
    expect(written(false, xterm)).toBe('red \ufffd[2Jclear\n');
    expect(written(true, xterm, true)).toBe('{\n  "text": "x\\u001b[2J"\n}\n');
  });
});
