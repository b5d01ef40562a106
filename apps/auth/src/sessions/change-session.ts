import type { Clock } from '@gatehouse/kernel';
import type { Session, SessionChange, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import { absoluteTtlOf, type SessionSettings } from '../sign-in/session-settings.js';
import { ExpiryOutOfRange, SessionNotFound } from './sessions.errors.js';

export interface ChangeSessionCommand {
  readonly userId: number;
  readonly sessionId: string;
  /** As the person calls the device. */
  readonly deviceName?: string | undefined;
  /** When it is to end whatever happens. */
  readonly expiresAtMs?: number | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Lets a person name the device of a session and say when it ends: sooner, or up to where a new one would. */
export class ChangeSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly settings: SessionSettings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {SessionNotFound} for an ended session and for another person's alike, after the same work.
   * @throws {ExpiryOutOfRange} for a moment that has passed, or beyond what the session may last.
   * @throws {SessionStoreUnavailable}
   */
  async run(command: ChangeSessionCommand): Promise<Session> {
    const { userId, sessionId, deviceName, expiresAtMs, ipAddress, requestId } = command;
    const session = await this.sessions.find(userId, sessionId);
    if (!session) throw new SessionNotFound();
    if (expiresAtMs !== undefined) this.assertWithinCap(session, expiresAtMs);
    const change: SessionChange = {
      ...(deviceName === undefined ? {} : { deviceName }),
      ...(expiresAtMs === undefined ? {} : { absoluteExpiresAtMs: expiresAtMs }),
    };
    const what = Object.keys(change);
    if (what.length === 0) return session;
    const changed = await this.sessions.amend(userId, sessionId, change);
    if (!changed) throw new SessionNotFound();
    // What the device is called is the person's own, and stays out of the log.
    const details = {
      device_name: deviceName !== undefined,
      ...(expiresAtMs === undefined ? {} : { expires_at: new Date(expiresAtMs).toISOString() }),
    };
    this.audit.record({ kind: 'session.changed', userId, sessionId, ipAddress, requestId, details });
    return changed;
  }

  /** Where an administrator acts in the person's place, the time they were given may only become less. */
  private assertWithinCap(session: Session, expiresAtMs: number): void {
    const { actorId, createdAtMs, absoluteExpiresAtMs } = session;
    const ofANewOne = actorId === null ? createdAtMs + absoluteTtlOf(this.settings, session) : 0;
    const capMs = Math.max(absoluteExpiresAtMs, ofANewOne);
    const isWithin = expiresAtMs > this.clock.nowMs() && expiresAtMs <= capMs;
    if (!isWithin) throw new ExpiryOutOfRange(capMs);
  }
}
