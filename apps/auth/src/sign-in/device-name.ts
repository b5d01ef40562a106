import Bowser from 'bowser';

/** Long enough for every real user agent; bounds the work of parsing one. */
const MAX_USER_AGENT_LENGTH = 512;

/** Longest name shown. Bowser echoes parts of a user agent it does not know. */
const MAX_NAME_LENGTH = 100;

/** `Chrome on macOS`, for a list of sessions; `null` when the user agent tells nothing. Display only: it proves nothing. */
export function deviceNameOf(userAgent: string): string | null {
  if (userAgent === '') return null;
  const { browser, os } = Bowser.parse(userAgent.slice(0, MAX_USER_AGENT_LENGTH));
  const name = [browser.name, os.name].filter(Boolean).join(' on ');
  return name.replace(/\p{C}/gu, '').slice(0, MAX_NAME_LENGTH) || null;
}
