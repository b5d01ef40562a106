import { eventually } from '@gatehouse/testing';
import { InboxMailer, type KeptLetter } from '../src/mail/adapters/inbox-mailer.js';
import type { AuthOverrides } from '../src/build-auth.js';
import { type RunningAuth, startAuth } from './start-auth.js';

/** A service that has read its own feed: before that it cannot tell whether a token is still good. */
export async function startReadyAuth(
  env: Record<string, string> = {},
  given: AuthOverrides = {},
): Promise<RunningAuth> {
  const auth = await startAuth(env, given);
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
    timeoutMs: 20_000,
  });
  return auth;
}

/** The letters a service on embedded defaults would have sent. */
export function lettersOf({ app }: RunningAuth): readonly KeptLetter[] {
  return app.get(InboxMailer, { strict: false }).letters;
}

/** Waits for a letter and returns the newest. */
export async function letterTo(auth: RunningAuth, address: string, subject: RegExp): Promise<KeptLetter> {
  let found: KeptLetter | undefined;
  await eventually(async () => {
    found = lettersOf(auth).find(({ to, subject: text }) => to === address && subject.test(text));
    expect(found).toBeDefined();
  });
  return found!;
}

/** The token of the letter's link. */
export function tokenIn({ text }: Pick<KeptLetter, 'text'>): string {
  const token = /#token=([A-Za-z0-9_-]{43})\b/.exec(text)?.[1];
  if (token === undefined) throw new Error('the letter has no link');
  return token;
}
