import type { Environment } from '@gatehouse/config';
import { Trouble } from '../terminal/exit-code.js';

/** Whom to ask, and as whom. */
export interface AdminSettings {
  readonly authUrl: string;
  /** An access token of an administrator. */
  readonly token: string;
}

/** @throws {Trouble} when they are not all there, or not sound */
export async function adminSettings(env: Environment): Promise<AdminSettings> {
  // Loaded here: help and wrong usage need no settings.
  const { soundSettings } = await import('../environment/settings.js');
  const { AUTH_URL: authUrl, ADMIN_ACCESS_TOKEN: token } = soundSettings(env);
  if (!authUrl || !token) throw new Trouble('CONFIG_INVALID', 'AUTH_URL and ADMIN_ACCESS_TOKEN are needed');
  return { authUrl, token: token.reveal() };
}
