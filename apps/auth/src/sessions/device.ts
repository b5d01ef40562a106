import Bowser from 'bowser';

/** What a session was opened on, as far as its user agent tells. For display only: it proves nothing. */
export interface Device {
  readonly name: string | null;
  /** `desktop`, `mobile`, `tablet`, `tv`, `bot`; `null` when it does not tell. */
  readonly type: string | null;
  readonly os: string | null;
  readonly browser: string | null;
}

/** @param userAgent - at most 512 characters, as sessions keep it; that bounds the work of taking it apart. */
export function deviceOf(userAgent: string, name: string | null): Device {
  if (userAgent === '') return { name, type: null, os: null, browser: null };
  const { browser, os, platform } = Bowser.parse(userAgent);
  return { name, type: platform.type ?? null, os: os.name ?? null, browser: browser.name ?? null };
}
