import { MAX_CLOCK_TOLERANCE_SECONDS, REVOCATION_MARGIN_SECONDS } from '@gatehouse/contracts';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../environment/settings.js';

/**
 * How long tokens may live, in seconds, as far as this process can know. An entry that is forgotten before its token has
 * expired would let that token in again, so the longer answer holds, and with none the longest there is.
 */
export function longestTokenSeconds(fromEnvironment: number | undefined, fromBundle: number | undefined): number {
  if (fromEnvironment === undefined && fromBundle === undefined) return LONGEST_ACCESS_TOKEN_SECONDS;
  return Math.max(fromEnvironment ?? 0, fromBundle ?? 0);
}

/** How long the feed keeps its records, in ms. Appending also trims: told less than the auth service is, it would trim too much. */
export function keepMs(accessTokenSeconds: number): number {
  return (accessTokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
}
