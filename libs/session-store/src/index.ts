export {
  MAX_TRACKED_ADDRESSES,
  type EndCause,
  type EndedSession,
  type NewSession,
  type Session,
  type SessionActivity,
  type SessionChange,
  type SessionRights,
} from './session.js';
export { SessionStore, type OpenOutcome, type RefreshMove, type RefreshOutcome } from './session-store.port.js';
