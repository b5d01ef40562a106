import {
  ACTIVITY_MAX_AGO_MS,
  ACTIVITY_MAX_CHARACTERS,
  ACTIVITY_MAX_REQUESTS,
  ACTIVITY_MAX_SESSIONS,
  type ReportedActivity,
} from '@gatehouse/contracts';
import type { ActivityTally } from './activity-tally.js';
import type { SeenSession } from './seen-session.js';

/** Room for the instance and the number around the sessions. */
const FRAME_CHARACTERS = 200;
/** No session takes more: a name of 64 characters, four addresses of 45, three numbers, and what stands around them. */
const LONGEST_SESSION_CHARACTERS = 400;

/** As many sessions as one batch can hold, taken out of the tally. Empty when there are none. */
export function takeBatch(tally: ActivityTally): SeenSession[] {
  const sessions: SeenSession[] = [];
  let characters = FRAME_CHARACTERS;
  while (
    sessions.length < ACTIVITY_MAX_SESSIONS &&
    characters + LONGEST_SESSION_CHARACTERS <= ACTIVITY_MAX_CHARACTERS
  ) {
    const [session] = tally.take(1);
    if (!session) break;
    sessions.push(session);
    characters += JSON.stringify(told(session, 0)).length + 1;
  }
  return sessions;
}

/** As it is sent at this moment: how long ago, not when, since clocks need not agree. */
export function told(
  { userId, sessionId, requests, lastRequestAtMs, ipAddresses }: SeenSession,
  nowMs: number,
): ReportedActivity {
  return {
    userId,
    sessionId,
    requests: Math.min(requests, ACTIVITY_MAX_REQUESTS),
    agoMs: Math.min(Math.max(0, Math.round(nowMs - lastRequestAtMs)), ACTIVITY_MAX_AGO_MS),
    ipAddresses,
  };
}
