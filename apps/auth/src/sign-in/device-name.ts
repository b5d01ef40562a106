import Bowser from 'bowser';

/** Long enough for every real user agent; bounds the work of parsing one. */
const MAX_USER_AGENT_LENGTH = 512;

/** `Chrome on macOS`, for a list of sessions; `null` when the user agent tells nothing. Display only: it proves nothing. */
export function deviceNameOf(userAgent: string): string | null {
  if (userAgent === '') return null;
  const { browser, os } = Bowser.parse(userAgent.slice(0, MAX_USER_AGENT_LENGTH));
  if (browser.name && os.name) return `${browser.name} on ${os.name}`;
  return browser.name ?? os.name ?? null;
}
