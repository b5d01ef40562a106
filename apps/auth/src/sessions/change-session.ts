import type { Clock } from '@gatehouse/kernel';
import type { Session, SessionChange, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { lifeOf, NO_LIMITS } from '../own-session-policy/life-of-session.js';
import type { SessionSettings } from '../sign-in/session-settings.js';
import type { OwnSessionLimits } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
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
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly settings: SessionSettings,
    private readonly confirmLimits: Pick<ConfirmOwnLimits, 'run'>,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {SessionNotFound} for an ended session and for another person's alike, after the same work.
   * @throws {ExpiryOutOfRange} for a moment that has passed, or beyond what the session may last.
   * @throws {SessionStoreUnavailable}
   * @throws {DatabaseUnavailable} only for a moment later than its end: what its owner allows themselves is in the database.
   */
  async run(command: ChangeSessionCommand): Promise<Session> {
    const { userId, sessionId, deviceName, expiresAtMs, ipAddress, requestId } = command;
    const session = await this.sessions.find(userId, sessionId);
    if (!session) throw new SessionNotFound();
    const seen = expiresAtMs === undefined ? undefined : await this.assertWithinCap(session, expiresAtMs);
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
    // Whoever chose narrower limits meanwhile has found the end where it was.
    return seen ? this.confirmLimits.run(changed, seen) : changed;
  }

  /**
   * Where an administrator acts in the person's place, the time they were given may only become less.
   *
   * @returns the limits of its owner that were asked; `undefined` where it is none of their business.
   */
  private async assertWithinCap(session: Session, expiresAtMs: number): Promise<OwnSessionLimits | undefined> {
    const { userId, actorId, createdAtMs, absoluteExpiresAtMs } = session;
    const isToCome = expiresAtMs > this.clock.nowMs();
    if (isToCome && expiresAtMs <= absoluteExpiresAtMs) return undefined;
    const own = actorId === null ? ((await this.users.findById(userId))?.ownSessionLimits ?? NO_LIMITS) : undefined;
    // Had it been opened with the limits of now.
    const newOnesMs = own ? createdAtMs + lifeOf(this.settings, own, session).absoluteTtlMs : 0;
    const capMs = Math.max(absoluteExpiresAtMs, newOnesMs);
    if (!(isToCome && expiresAtMs <= capMs)) throw new ExpiryOutOfRange(capMs);
    return own;
  }
}
