import { createHash } from 'node:crypto';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { RefreshMove, RefreshOutcome, Session, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeSessions } from '../revocations/revoke-sessions.js';
import type { SettleEnds } from '../revocations/settle-ends.js';
import { isPrivileged } from '../roles/permissions.js';
import type { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import type { ParsedRefreshToken, RefreshTokens } from '../tokens/refresh-token.js';
import { RefreshExpired, RefreshInvalid, RefreshReuseDetected } from './refresh.errors.js';

export interface RefreshCommand {
  readonly refreshToken: string;
  /** `Idempotency-Key`, as sent: 1 to 255 visible characters. */
  readonly idempotencyKey?: string | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** What the client gets, and gets again should it repeat the request within the grace window. */
export interface RefreshedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  /** Until the session ends whatever happens. */
  readonly refreshExpiresInSeconds: number;
  /** Whether a browser keeps them beyond its closing. Absent in answers of versions that did not ask. */
  readonly rememberMe?: boolean;
  readonly user: { readonly id: number; readonly email: string; readonly roles: readonly string[] };
}

export interface Refreshed {
  readonly sessionId: string;
  readonly userId: number;
  readonly tokens: RefreshedTokens;
  /** The predecessor came again: this is the answer of the first time. */
  readonly replayed: boolean;
}

/** Whether the session store may be trusted to know every revocation that still matters. */
export interface Admission {
  /** False after Redis lost its memory, until everything that still matters has been told to it again. */
  admitted(): boolean;
}

export interface RefreshSettings {
  /** How long the immediate predecessor yields the identical answer, in ms. */
  readonly graceMs: number;
}

/** How an attempt ended, for figures. */
export type RefreshResult = 'rotated' | 'replayed' | 'reused' | 'expired' | 'invalid' | 'unavailable';

/**
 * How long an attempt with an `Idempotency-Key` yields the identical answer, in ms: long enough for a telephone in a tunnel, and within
 * the life that access tokens have unless told otherwise.
 */
const ATTEMPT_KEPT_MS = 600_000;

/** The answer to be, and what the store must know of it. */
interface Composed {
  readonly tokens: RefreshedTokens;
  readonly successorHash: string;
  readonly successorRotation: number;
}

/** Turns a refresh token into the next pair of tokens, once. Needs no database. */
export class RefreshSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly admission: Admission,
    private readonly settleEnds: SettleEnds,
    private readonly revokeSessions: RevokeSessions,
    private readonly accessTokens: AccessTokenIssuer,
    private readonly refreshTokens: RefreshTokens,
    private readonly audit: AuditLog,
    private readonly settings: RefreshSettings,
    private readonly clock: Clock,
    private readonly count: (result: RefreshResult) => void = () => undefined,
  ) {}

  /**
   * @throws {RefreshInvalid} for anything we did not issue for this session; whether there is one is not told.
   * @throws {RefreshExpired} when its session is gone.
   * @throws {RefreshReuseDetected} when it was spent before; the session's end is durable by then.
   * @throws {SessionStoreUnavailable} when the store does not answer, or does not know all revocations again yet.
   */
  async run(command: RefreshCommand): Promise<Refreshed> {
    try {
      const refreshed = await this.refresh(command);
      this.count(refreshed.replayed ? 'replayed' : 'rotated');
      return refreshed;
    } catch (error) {
      this.count(resultOf(error));
      throw error;
    }
  }

  private async refresh(command: RefreshCommand): Promise<Refreshed> {
    const presented = this.refreshTokens.parse(command.refreshToken);
    // Whose hash lies in the store is not enough: whoever can write there could put that of a text of their own.
    if (!presented?.genuine) throw new RefreshInvalid();
    if (!this.admission.admitted()) throw new SessionStoreUnavailable('the revocations are being told to Redis again');
    const userId = await this.sessions.ownerOf(presented.sessionId);
    if (userId === undefined) throw new RefreshExpired();
    const [session] = await Promise.all([this.sessions.find(userId, presented.sessionId), this.settleEnds.run(userId)]);
    if (!session) throw new RefreshExpired();
    if (session.actorId !== null && isPrivileged(session.scope.split(' '))) return this.endActing(session);

    const answer = await this.compose(session, command.refreshToken, presented);
    const outcome = await this.sessions.rotate({
      userId,
      sessionId: session.id,
      presentedHash: presented.hash,
      successorHash: answer.successorHash,
      sealedSuccessor: this.refreshTokens.seal(command.refreshToken, JSON.stringify(answer.tokens)),
      graceMs: this.settings.graceMs,
      attempt: attemptOf(command),
      genuine: presented.genuine,
      rotation: presented.rotation,
      successorRotation: answer.successorRotation,
    });
    return this.settle(outcome, presented, userId, answer.tokens, command);
  }

  /** Whoever acts in a person's place has no part in administration, here or elsewhere, whatever the person is given meanwhile. */
  private async endActing({ userId, id }: Session): Promise<never> {
    await this.revokeSessions.run({ userId, sessionIds: [id], reason: 'admin' });
    throw new RefreshExpired();
  }

  /** Made before the rotation, so that the store holds the whole answer from the very step that spends the token. */
  private async compose(session: Session, text: string, presented: ParsedRefreshToken): Promise<Composed> {
    const accessToken = await this.accessTokens.issue({ ...session, sessionId: session.id });
    // A token without a number is from before they had one: the session's own number is then the best there is.
    const successorRotation = (presented.rotation ?? session.rotation) + 1;
    const successor = this.refreshTokens.successor(session.id, text, successorRotation);
    const remainingMs = session.absoluteExpiresAtMs - this.clock.nowMs();
    return {
      successorHash: successor.hash,
      successorRotation,
      tokens: {
        accessToken: accessToken.token,
        refreshToken: successor.text,
        expiresInSeconds: accessToken.expiresInSeconds,
        refreshExpiresInSeconds: Math.max(0, Math.floor(remainingMs / 1000)),
        rememberMe: session.rememberMe,
        user: { id: session.userId, email: session.email, roles: session.roles },
      },
    };
  }

  private async settle(
    outcome: RefreshOutcome,
    presented: ParsedRefreshToken,
    userId: number,
    tokens: RefreshedTokens,
    command: RefreshCommand,
  ): Promise<Refreshed> {
    const { sessionId } = presented;
    switch (outcome.kind) {
      case 'rotated':
        return { sessionId, userId, tokens, replayed: false };
      case 'replayed': {
        // The answer was lost with the store's memory. Its refresh token is this one all the same: a token has one successor.
        if (outcome.sealedSuccessor === undefined) return { sessionId, userId, tokens, replayed: true };
        const first = this.refreshTokens.open(command.refreshToken, outcome.sealedSuccessor);
        return { sessionId, userId, tokens: JSON.parse(first) as RefreshedTokens, replayed: true };
      }
      case 'reused':
        // Durable before the answer: whoever is told that the session has ended must be able to rely on it.
        await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'reuse_detected' });
        this.audit.record({
          kind: 'refresh.reuse_detected',
          userId,
          sessionId,
          ipAddress: command.ipAddress,
          requestId: command.requestId,
        });
        throw new RefreshReuseDetected(sessionId);
      case 'gone':
        throw new RefreshExpired();
      case 'foreign':
      case 'ahead':
        throw new RefreshInvalid();
    }
  }
}

function attemptOf({ idempotencyKey }: RefreshCommand): RefreshMove['attempt'] {
  if (idempotencyKey === undefined) return undefined;
  return { printHash: createHash('sha256').update(idempotencyKey).digest('hex'), keptMs: ATTEMPT_KEPT_MS };
}

function resultOf(error: unknown): RefreshResult {
  if (error instanceof RefreshReuseDetected) return 'reused';
  if (error instanceof RefreshExpired) return 'expired';
  return error instanceof RefreshInvalid ? 'invalid' : 'unavailable';
}
