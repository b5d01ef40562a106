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
export async function confirm({ stdin, stop }: World, { scope }: Target, isConfirmed: boolean): Promise<void> {
  const what = ENDS[scope];
  if (what === undefined || isConfirmed) return;
  if (stdin.isTTY !== true) {
    throw new Trouble('CONFIRMATION_NEEDED', `this ends ${what}; add --yes where nobody can be asked`);
  }
  const prompt = createInterface({ input: stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`This ends ${what}. Type yes to go on: `, { signal: stop });
    if (answer.trim().toLowerCase() !== 'yes') throw new Trouble('NOT_CONFIRMED', 'nothing was revoked');
  } finally {
    prompt.close();
  }
}
