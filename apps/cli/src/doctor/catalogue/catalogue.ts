import { MANIFEST } from './manifest.js';
import { REDIS } from './redis.js';
import { SERVERS } from './servers.js';
import { SETTINGS } from './settings.js';

/** Everything `doctor` can find. Codes are stable; sentences are not. */
export const CATALOGUE = { ...SETTINGS, ...REDIS, ...SERVERS, ...MANIFEST };

export type FindingCode = keyof typeof CATALOGUE;
