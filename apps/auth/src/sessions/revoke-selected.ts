import type { Session, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeSessions } from '../revocations/revoke-sessions.js';
import type { Network } from './network.js';

/** What a session must be to be meant; what is left out lets everything through. */
export interface SessionSelection {
  readonly ids?: readonly string[] | undefined;
  readonly deviceId?: string | undefined;
  readonly clientId?: string | undefined;
  /** Opened before, in ms. */
  readonly openedBeforeMs?: number | undefined;
  /** Holds one of the addresses it was used from. */
  readonly network?: Network | undefined;
}

export interface RevokeSelectedCommand {
  readonly userId: number;
  /** Stays, though it is meant; `undefined` where none is to. */
  readonly keepSessionId: string | undefined;
  readonly selection: SessionSelection;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface RevokedSelection {
  readonly sessionIds: readonly string[];
  /** `null` when there was nothing to end. */
  readonly revocationId: string | null;
}

/** Ends those of a person's sessions that fit a description, under one receipt. */
export class RevokeSelected {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Looks among the person's own live sessions only, so an id of somebody else's is as good as one that nobody has. Ends those
   * that are live when it begins.
   *
   * @throws {SessionStoreUnavailable} when it cannot be told which sessions there are.
   */
  async run(command: RevokeSelectedCommand): Promise<RevokedSelection> {
    const { userId, keepSessionId, selection, ipAddress, requestId } = command;
    const live = await this.sessions.list(userId);
    const meant = live.filter((session) => session.id !== keepSessionId && fits(session, selection));
    const sessionIds = meant.map(({ id }) => id);
    if (sessionIds.length === 0) return { sessionIds, revocationId: null };
    const { revocationId } = await this.revokeSessions.run({ userId, sessionIds, reason: 'user_revoked' });
    for (const sessionId of sessionIds) {
      this.audit.record({ kind: 'session.revoked', userId, sessionId, ipAddress, requestId });
    }
    return { sessionIds, revocationId };
  }
}

function fits(session: Session, { ids, deviceId, clientId, openedBeforeMs = Infinity, network }: SessionSelection) {
  const addresses = [session.ipAddress, ...session.ipAddresses];
  return (
    (ids === undefined || ids.includes(session.id)) &&
    (deviceId ?? session.deviceId) === session.deviceId &&
    (clientId ?? session.clientId) === session.clientId &&
    session.createdAtMs < openedBeforeMs &&
    (network === undefined || addresses.some((address) => network.includes(address)))
  );
}
