import { PassThrough } from 'node:stream';
import type { World } from '../src/environment/world.js';
import { confirm } from '../src/revoke/confirm.js';
import { Terminal } from '../src/terminal/terminal.js';

/** Somebody at a terminal. */
function somebody(isTTY = true): { world: World; stdin: PassThrough; asked: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = new PassThrough();
  let asked = '';
  stderr.on('data', (chunk) => void (asked += String(chunk)));
  const terminal = new Terminal(stderr, stderr, false);
  const world: World = { env: {}, stdin, stderr, terminal, stop: new AbortController().signal, end: () => undefined };
  return { world, stdin, asked: () => asked };
}

const before = { scope: 'before', value: '*', cutoff: 1 } as const;

describe('asking before many sessions end', () => {
  it('says what will end, and goes on at a yes', async () => {
    const { world, stdin, asked } = somebody();
    const confirmed = confirm(world, before, false);
    stdin.write('Yes\n');
    await confirmed;
    expect(asked()).toContain('This ends every token of every user issued up to then.');
  });

  it.each([
    ['another answer', (stdin: PassThrough) => stdin.write('y\n')],
    ['an empty one', (stdin: PassThrough) => stdin.write('\n')],
    ['the end of the input', (stdin: PassThrough) => stdin.end()],
  ])('takes %s for a no', async (_what, answer) => {
    const { world, stdin } = somebody();
    const confirmed = confirm(world, before, false);
    answer(stdin);
    await expect(confirmed).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
  });

  it('asks nobody for one session, with --yes, or where nobody is', async () => {
    const { world, asked } = somebody();
    await confirm(world, { scope: 'sid', value: 'x', cutoff: 0 }, false);
    await confirm(world, before, true);
    expect(asked()).toBe('');
    const { world: pipe } = somebody(false);
    await expect(confirm(pipe, before, false)).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED' });
  });
});
