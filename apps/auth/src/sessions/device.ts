import { agentOf } from './user-agent.js';

/** What a session was opened on, as far as its user agent tells. For display only: it proves nothing. */
export interface Device {
  readonly name: string | null;
  /** `desktop`, `mobile`, `tablet`, `tv`, `bot`; `null` when it does not tell. */
  readonly type: string | null;
  readonly os: string | null;
  readonly browser: string | null;
}

export function deviceOf(userAgent: string, name: string | null): Device {
  const { type, os, browser } = agentOf(userAgent);
  return { name, type, os, browser };
}
