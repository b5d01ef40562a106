import { createInterface } from 'node:readline/promises';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';
import type { Target } from './target.js';

const ENDS: Partial<Record<Target['scope'], string>> = {
  sub: 'every open session of this user',
  client: 'every token issued to this client up to now',
  device: 'every token issued for this device up to now',
  kid: 'every token signed with this key',
  before: 'every token of every user issued up to then',
};

/**
 * Asks before more than one session or token ends.
 *
 * @throws {Trouble} `CONFIRMATION_NEEDED` where nobody can be asked, `NOT_CONFIRMED`
 */
export async function confirm(world: World, { scope }: Target, isConfirmed: boolean): Promise<void> {
  const what = ENDS[scope];
  if (what === undefined || isConfirmed) return;
  if (world.stdin.isTTY !== true) {
    throw new Trouble('CONFIRMATION_NEEDED', `this ends ${what}; add --yes where nobody can be asked`);
  }
  const answer = await ask(world, `This ends ${what}. Type yes to go on: `);
  if (answer?.trim().toLowerCase() !== 'yes') throw new Trouble('NOT_CONFIRMED', 'nothing was revoked');
}

/** The answer; `undefined` when there is none: Ctrl-C, or the end of the input. */
async function ask({ stdin, stderr }: World, question: string): Promise<string | undefined> {
  const prompt = createInterface({ input: stdin, output: stderr });
  const gone = new Promise<undefined>((resolve) => {
    // On a terminal Ctrl-C comes as a character, and no signal with it.
    prompt.once('SIGINT', () => resolve(undefined)).once('close', () => resolve(undefined));
  });
  try {
    return await Promise.race([prompt.question(question), gone]);
  } finally {
    prompt.close();
  }
}
