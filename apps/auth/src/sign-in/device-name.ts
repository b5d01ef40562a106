import { agentOf } from '../sessions/user-agent.js';

/** Longest name shown. */
const MAX_NAME_LENGTH = 100;

/**
 * `Chrome on macOS`, `Safari on iPhone`, `curl`: for a list of sessions. `null` when the user agent is none that is known; it
 * then shows itself. Display only: it proves nothing.
 */
export function deviceNameOf(userAgent: string): string | null {
  const { browser, os, model } = agentOf(userAgent);
  const name = [browser, model ?? os].filter(Boolean).join(' on ');
  return name.slice(0, MAX_NAME_LENGTH) || null;
}
