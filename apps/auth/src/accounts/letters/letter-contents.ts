import type { LetterContent } from '../../mail/render-letter.js';

// No letter says a name: whoever signs up with somebody else's address chooses it, and would have us deliver their words.

const IGNORE = 'If you did not ask for this, do nothing; without the link nothing changes.';

export const verifyEmail = (url: string, ttlMs: number): LetterContent => ({
  subject: 'Confirm your e-mail address',
  paragraphs: [
    'Somebody, we hope you, has made an account with this address. Follow the link to show that it is yours.',
  ],
  link: { label: 'Confirm the address', url },
  closing: [`The link works once, for ${duration(ttlMs)}. ${IGNORE}`],
});

export const confirmNewAddress = (url: string, ttlMs: number): LetterContent => ({
  subject: 'Confirm your new e-mail address',
  paragraphs: [
    'Somebody, we hope you, wants to use this address for an account. Follow the link to show that it is yours.',
  ],
  link: { label: 'Use this address', url },
  closing: [`The link works once, for ${duration(ttlMs)}. ${IGNORE}`],
});

export const addressTaken = (appUrl: string): LetterContent => ({
  subject: 'You have an account already',
  paragraphs: [
    'Somebody, perhaps you, wanted to use this address for an account. It belongs to yours already, so nothing has changed.',
    'If it was you: sign in with your password, or ask for a new one.',
  ],
  link: { label: 'Sign in', url: appUrl },
});

export const addressChanged = (): LetterContent => ({
  subject: 'Your e-mail address was changed',
  paragraphs: [
    'Your account now has another e-mail address; this one no longer signs you in.',
    'If this was not you, somebody else has your account: tell those who run this service at once.',
  ],
});

export const resetPassword = (url: string, ttlMs: number): LetterContent => ({
  subject: 'Set a new password',
  paragraphs: ['Somebody, we hope you, has asked for a new password for your account. Follow the link to choose it.'],
  link: { label: 'Set a new password', url },
  closing: [`The link works once, for ${duration(ttlMs)}, and only the newest one works. ${IGNORE}`],
});

export const passwordChanged = (appUrl: string): LetterContent => ({
  subject: 'Your password was changed',
  paragraphs: [
    'The password of your account was changed, and you have been signed out on other devices.',
    'If this was not you, ask for a new password at once.',
  ],
  link: { label: 'Go to your account', url: appUrl },
});

export const newDevice = (appUrl: string): LetterContent => ({
  subject: 'A sign-in on a new device',
  paragraphs: [
    'Somebody, we hope you, has signed in to your account with your password, on a device that was not seen before.',
    'If this was not you, set a new password at once; that ends all sessions.',
  ],
  link: { label: 'See your devices', url: appUrl },
});

export const erasureRequested = (url: string, eraseAtMs: number): LetterContent => ({
  subject: 'Your account will be deleted',
  paragraphs: [
    `Your account and everything we hold about you will be deleted on ${new Date(eraseAtMs).toUTCString()}.`,
    'If you want to keep it, sign in before then, or follow the link.',
  ],
  link: { label: 'Keep my account', url },
});

/** In the largest unit that divides it: `30 minutes`, `24 hours`, `14 days`. */
function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => ms >= 2 * unit && ms % unit === 0) ??
    units.find(([, unit]) => ms >= unit) ?? ['second', 1_000];
  const count = Math.floor(ms / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
