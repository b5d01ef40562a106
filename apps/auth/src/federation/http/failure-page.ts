import type { ErrorCode } from '@gatehouse/contracts';
import { AppError } from '@gatehouse/failures';
import type { OAuthPage } from './oauth-page.js';

type Words = Pick<OAuthPage, 'title' | 'sentences'> & { readonly again: boolean };

/** By code; what is not here is told in the sentence of its code. */
const WORDS: Partial<Record<ErrorCode, Words>> = {
  OAUTH_STATE: {
    title: 'This sign-in is over',
    sentences: [
      'It took too long, was finished before, or was begun in another browser. Nothing is lost: begin again.',
    ],
    again: true,
  },
  PROVIDER_UNAVAILABLE: {
    title: 'The sign-in service does not answer',
    sentences: ['We could not reach the place you sign in at. Wait a moment, then try again.'],
    again: true,
  },
  LINK_REQUIRED: {
    title: 'You have an account already',
    sentences: [
      'There is an account with your address. For your safety the two are not put together by themselves.',
      'Sign in to it as you did before, then link this sign-in in the settings of your account.',
    ],
    again: false,
  },
  SIGN_UP_CLOSED: {
    title: 'You have no account here yet',
    sentences: [
      'This sign-in is for people who have one. Ask whoever runs this service to make one for you, sign in to it, and link this sign-in there.',
    ],
    again: false,
  },
  IDENTITY_TAKEN: {
    title: 'This sign-in is linked already',
    sentences: ['It belongs to an account, yours or another. Unlink it there first.'],
    again: false,
  },
  ACCOUNT_DISABLED: {
    title: 'The account is closed',
    sentences: ['Nobody can sign in to it at the moment. Ask whoever runs this service.'],
    again: false,
  },
  SESSION_LIMIT: {
    title: 'You are signed in in too many places',
    sentences: ['Sign out on another device first, then try again.'],
    again: true,
  },
  SESSION_ERROR: {
    title: 'We cannot sign you in right now',
    sentences: ['Something on our side is away. Wait a moment, then try again.'],
    again: true,
  },
  DEGRADED_UNAVAILABLE: {
    title: 'We cannot sign you in right now',
    sentences: ['Something on our side is away. Wait a moment, then try again.'],
    again: true,
  },
};

const DENIED: Words = {
  title: 'You were not signed in',
  sentences: ['You turned back, or the place you sign in at did not let you through. You can try again.'],
  again: true,
};

const REFUSED: Words = {
  title: 'You were not signed in',
  sentences: [
    'The answer we got from the place you sign in at was not one we can rely on. If this happens again, tell whoever runs this service.',
  ],
  again: true,
};

/** What somebody is told in words. */
export function wordsFor(code: ErrorCode, thrown: unknown, sentence: string): Words {
  if (code === 'IDENTITY_REFUSED') return reasonOf(thrown) === 'ACCESS_DENIED' ? DENIED : REFUSED;
  return WORDS[code] ?? { title: 'That did not work', sentences: [sentence], again: false };
}

function reasonOf(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) return undefined;
  return (thrown.details as { readonly reason?: unknown } | undefined)?.reason;
}
