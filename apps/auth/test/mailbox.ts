import { eventually } from '@gatehouse/testing';
import type { InboxMailer } from '../src/mail/adapters/inbox-mailer.js';
import { InboxMailer as Inbox, type KeptLetter } from '../src/mail/adapters/inbox-mailer.js';
import type { RunningAuth } from './start-auth.js';

/** The letters a service on embedded defaults would have sent. */
export function lettersOf({ app }: RunningAuth): readonly KeptLetter[] {
  return app.get<InboxMailer>(Inbox, { strict: false }).letters;
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
