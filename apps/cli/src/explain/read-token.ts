import type { Readable } from 'node:stream';
import { Trouble } from '../terminal/exit-code.js';

/** Far above what a validator takes; what lies beyond decides nothing. */
const MAX_CHARACTERS = 2 * 1024 * 1024;

/**
 * The token: as given, or from standard input for `-`. A `Bearer ` before it is taken off, since that is how one is copied
 * out of a request.
 *
 * @throws {Trouble} `TOKEN_MISSING`, `INPUT_TOO_LARGE`
 */
export async function readToken(given: string, stdin: Readable): Promise<string> {
  const text = given === '-' ? await readAll(stdin) : given;
  const token = text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '');
  if (token === '')
    throw new Trouble('TOKEN_MISSING', 'there is no token: give it, or - and the token on standard input');
  return token;
}

async function readAll(stdin: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_CHARACTERS)
      throw new Trouble('INPUT_TOO_LARGE', `the input is longer than ${MAX_CHARACTERS} characters`);
  }
  return text;
}
