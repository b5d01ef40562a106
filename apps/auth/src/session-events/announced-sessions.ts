import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { EndedSession, Session, SessionStore } from '@gatehouse/session-store';
import type { SessionEventType } from './session-event.js';
import type { SessionEventBus } from './session-event-bus.port.js';

/**
 * The store, announcing each session that it opens or ends: whoever does it, by whichever route, passes here. What it announces
 * has happened; a move that fails, or finds nothing to end, announces nothing.
 */
export function announced(store: SessionStore, bus: SessionEventBus, clock: Clock): SessionStore {
  const tell = (type: SessionEventType, userId: number, sessionId: string, reason: string) =>
    bus.announce({ id: randomUuid(), type, userId, sessionId, atMs: clock.nowMs(), reason });
  const tellOpened = ({ userId, id }: Session) => tell('session.created', userId, id, '');
  const tellEnded = ({ userId, sessionId, cause }: EndedSession) =>
    tell(cause === 'evicted_limit' ? 'session.evicted' : 'session.revoked', userId, sessionId, cause);

  const moves: Pick<SessionStore, 'open' | 'openWithin' | 'rotate' | 'end' | 'endOthers'> = {
    async open(facts, maxSessions) {
      const opened = await store.open(facts, maxSessions);
      tellOpened(opened.session);
      opened.evicted.forEach(tellEnded);
      return opened;
    },
    async openWithin(facts, maxSessions, endSessionId) {
      const outcome = await store.openWithin(facts, maxSessions, endSessionId);
      if (outcome.kind === 'opened') {
        tellOpened(outcome.session);
        outcome.ended.forEach(tellEnded);
      }
      return outcome;
    },
    async rotate(move) {
      const outcome = await store.rotate(move);
      const { userId, sessionId } = move;
      if (outcome.kind === 'reused') tellEnded({ userId, sessionId, cause: 'reuse_detected' });
      return outcome;
    },
    async end(userId, sessionId, reason) {
      const ended = await store.end(userId, sessionId, reason);
      if (ended) tell('session.revoked', userId, sessionId, reason ?? DEFAULT_REASON);
      return ended;
    },
    async endOthers(userId, keepSessionId, reason) {
      const ended = await store.endOthers(userId, keepSessionId, reason);
      for (const sessionId of ended) tell('session.revoked', userId, sessionId, reason ?? DEFAULT_REASON);
      return ended;
    },
  };
  // All else is the store's own affair, now and later.
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(moves, name)) return Reflect.get(moves, name) as unknown;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** As the stores have it. */
const DEFAULT_REASON = 'user_revoked';
