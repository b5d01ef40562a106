import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import { loginPath } from '../login-wish.js';
import type { Page } from './page.js';

/** Where the buttons of failure pages lead. */
export interface Ways {
  /** To begin a login again. */
  readonly login: string;
  readonly logout: string;
}

type Words = Omit<Page, 'actions' | 'reference'> & { readonly next?: 'login' | 'other' | 'retry' | 'logout' };

const AWAY = 'Nothing you did is wrong, and nothing is lost. Try again in a moment.';

const WORDS: Partial<Readonly<Record<ErrorCode, Words>>> = {
  OAUTH_STATE: {
    title: 'This sign-in is no longer valid',
    paragraphs: [
      'It took too long, was used already, or began in another browser. If it happens again, check that this browser accepts cookies.',
    ],
    next: 'login',
  },
  LOGIN_DENIED: {
    title: 'You were not signed in',
    paragraphs: ['The sign-in was cancelled, or the identity provider does not let you use this application.'],
    next: 'other',
  },
  PROVIDER_NOT_BELIEVED: {
    title: 'The sign-in could not be checked',
    paragraphs: ['The answer of the identity provider was not accepted, so nobody was signed in.'],
    next: 'login',
  },
  IDENTITY_REFUSED: {
    title: 'The sign-in could not be checked',
    paragraphs: ['The answer of the identity provider was not accepted, so nobody was signed in.'],
    next: 'login',
  },
  PROVIDER_UNAVAILABLE: {
    title: 'Signing in is not possible right now',
    paragraphs: ['The identity provider does not answer.', AWAY],
    next: 'login',
  },
  LOGIN_LOOP: {
    title: 'Signing in does not stick',
    paragraphs: [
      'You were signed in several times within a minute, and each time it did not last. To spare you a redirect without end, it stops here.',
      'Check that this browser accepts cookies, wait a minute, then try again.',
    ],
    next: 'login',
  },
  RATE_LIMITED: {
    title: 'Too many sign-ins were begun',
    paragraphs: ['Many were begun from where you are, or everywhere at once. Wait a moment, then try again.'],
    next: 'retry',
  },
  ACCOUNT_DISABLED: {
    title: 'Your account is disabled',
    paragraphs: ['Ask whoever administers this application.'],
    next: 'other',
  },
  SIGN_UP_CLOSED: {
    title: 'There is no account for you here',
    paragraphs: ['Whoever administers this application has to make one first.'],
    next: 'other',
  },
  LINK_REQUIRED: {
    title: 'You have an account already',
    paragraphs: ['Sign in to it the way you did before, and link this identity in its settings.'],
    next: 'login',
  },
  EMAIL_TAKEN: {
    title: 'You have an account already',
    paragraphs: ['Sign in to it the way you did before, and link this identity in its settings.'],
    next: 'login',
  },
  SESSION_LIMIT: {
    title: 'You are signed in on too many devices',
    paragraphs: ['Sign out on one of them, then try again.'],
    next: 'login',
  },
  TOKEN_MISSING: {
    title: 'You are signed out',
    paragraphs: ['What you sent was not passed on. Sign in, then send it again.'],
    next: 'login',
  },
  STEP_UP_REQUIRED: {
    title: 'Sign in once more',
    paragraphs: ['This asks for a fresh proof of who you are. What you sent was not passed on.'],
    next: 'login',
  },
  FORBIDDEN: {
    title: 'You may not see this',
    paragraphs: [
      'You are signed in, and your account has no right to it. If it should, ask whoever administers this application.',
    ],
    next: 'logout',
  },
  CSRF_FAILED: {
    title: 'This did not come from our own pages',
    paragraphs: ['Another site may have tried to act in your name, so nothing was done.'],
  },
  SESSION_ERROR: { title: 'Not available right now', paragraphs: [AWAY], next: 'retry' },
  FEED_STALE: { title: 'Not available right now', paragraphs: [AWAY], next: 'retry' },
  DEGRADED_UNAVAILABLE: { title: 'Not available right now', paragraphs: [AWAY], next: 'retry' },
  NOT_FOUND: { title: 'There is nothing here', paragraphs: ['The address may be misspelt, or the page has moved.'] },
  INTERNAL_ERROR: { title: 'Something went wrong', paragraphs: ['The fault is on our side. Try again in a moment.'] },
};

/**
 * What a person reads in place of a problem document.
 *
 * @param retry - path to try again, where the request was one that may be repeated
 */
export function failurePage(code: ErrorCode, ways: Ways, reference: string, retry?: string): Page {
  const words = WORDS[code] ?? { title: 'This did not work', paragraphs: [PROBLEMS[code].sentence] };
  const { next, ...rest } = words;
  const again = { label: 'Try again', href: retry ?? '/' };
  const actions = {
    login: [{ label: 'Sign in', href: ways.login }],
    other: [{ label: 'Use another account', href: loginPath({ prompt: 'select_account' }) }],
    retry: retry === undefined ? [] : [again],
    logout: [{ label: 'Use another account', href: ways.logout }],
  };
  return { ...rest, actions: next ? actions[next] : [], reference };
}
