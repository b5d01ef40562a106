import { randomHex } from '@gatehouse/kernel';
import { createHash } from 'node:crypto';
import type { NewSession } from '../session.js';
import type { RefreshMove } from '../session-store.port.js';

let users = Math.floor(Math.random() * 1e9) * 1_000;

/** A user id nobody else in this run has. */
export function aUserId(): number {
  return ++users;
}

/** A valid session of a new user; say only what the test is about. */
export function aSession(given: Partial<NewSession> = {}): NewSession {
  return {
    id: randomHex(32),
    userId: given.userId ?? aUserId(),
    email: 'ada@example.test',
    roles: ['user'],
    scope: '',
    generation: 0,
    clientId: 'web',
    authMethods: ['pwd'],
    acr: 'aal1',
    authenticatedAtMs: 1_767_225_600_000,
    ipAddress: '192.0.2.1',
    userAgent: 'Test/1.0',
    deviceName: null,
    deviceId: null,
    actorId: null,
    rememberMe: false,
    idleTtlMs: 60_000,
    absoluteTtlMs: 600_000,
    refreshTokenHash: hashOf('first'),
    ...given,
  };
}

export const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Presents `presented` of the session and offers `successor`. */
export function aMove(
  session: Pick<NewSession, 'id' | 'userId'>,
  presented: string,
  successor: string,
  given: Partial<RefreshMove> = {},
): RefreshMove {
  return {
    userId: session.userId,
    sessionId: session.id,
    presentedHash: hashOf(presented),
    successorHash: hashOf(successor),
    sealedSuccessor: `sealed:${successor}`,
    graceMs: 10_000,
    genuine: true,
    ...given,
  };
}
