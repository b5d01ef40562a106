import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { persevere } from '../persevere.js';
import type { GatewaySession, SessionTokens } from '../gateway-session.js';
import type { TokenSeals } from '../sealing/token-seals.js';
import type { SessionCache } from '../session-cache.js';
import type { SessionStore, StoredSession } from '../session-store.port.js';

/** How a change of a session's tokens ended. */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly session: GatewaySession }
  /** The session is gone, and what was to be saved is thrown away with it. */
  | { readonly kind: 'gone' };

/** Attempts to save against other writers. There are two kinds of them, with a lease each. */
const MOST_ATTEMPTS = 5;

/** Opens what the store keeps, and puts new tokens in place of old ones. */
export class SessionVault {
  constructor(
    private readonly store: SessionStore,
    private readonly seals: TokenSeals,
    private readonly cache: SessionCache,
    private readonly clock: Clock,
  ) {}

  /**
   * The session as the store has it now, or `undefined` where it is gone.
   *
   * @throws {SessionStoreUnavailable} @throws {SealBroken}
   */
  async read(sid: string, secret: string): Promise<GatewaySession | undefined> {
    const stored = await this.store.find(sid);
    if (!stored || this.cache.hasEnded(sid)) return undefined;
    return this.opened(stored, secret);
  }

  /** @throws {SealBroken} */
  opened({ record, sealedTokens }: StoredSession, secret: string): GatewaySession {
    const { sid, generation } = record;
    const known = this.cache.openedBy(sid, secret)?.session;
    // A generation is sealed once: whoever has it open need not open it each second anew.
    const isOpen = known?.record.generation === generation;
    const tokens = isOpen ? known.tokens : this.seals.open(sealedTokens, { sid, generation, secret });
    const session = { record, tokens };
    this.cache.put({ session, secret, readAtMs: this.clock.nowMs() });
    return session;
  }

  /**
   * Changes the tokens of a session that is still there, whoever else does so meanwhile.
   *
   * @param change - from the tokens that are in the store to those that are to be; `undefined` leaves them as they are. May be
   *   asked again, about tokens that somebody else has put there.
   * @throws {SealBroken}
   */
  async save(
    before: GatewaySession,
    secret: string,
    change: (tokens: SessionTokens) => SessionTokens | undefined,
  ): Promise<SaveOutcome> {
    try {
      return await this.trySave(before, secret, change);
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) throw error;
      return this.saveLater(before, secret, change);
    }
  }

  private async trySave(
    before: GatewaySession,
    secret: string,
    change: (tokens: SessionTokens) => SessionTokens | undefined,
  ): Promise<SaveOutcome> {
    const { sid } = before.record;
    let current: GatewaySession | undefined = before;
    for (let attempt = 0; current && attempt < MOST_ATTEMPTS; attempt += 1) {
      const tokens = change(current.tokens);
      if (!tokens) return { kind: 'saved', session: current };
      const { generation } = current.record;
      const sealed = this.seals.seal(tokens, { sid, generation: generation + 1, secret });
      if (await this.store.replaceTokens(sid, generation, sealed)) {
        const session = { record: { ...current.record, generation: generation + 1 }, tokens };
        this.cache.put({ session, secret, readAtMs: this.clock.nowMs() });
        return { kind: 'saved', session };
      }
      current = await this.read(sid, secret);
    }
    if (current) throw new SessionStoreUnavailable('other writers were faster each time');
    return { kind: 'gone' };
  }

  /**
   * The store went away between reading and writing, and what it still has is spent: told to it as soon as it is back, or the
   * next refresh would look like theft. Meanwhile this process goes on with what it has in hand.
   */
  private saveLater(
    before: GatewaySession,
    secret: string,
    change: (tokens: SessionTokens) => SessionTokens | undefined,
  ): SaveOutcome {
    persevere(() => this.trySave(before, secret, change));
    const tokens = change(before.tokens) ?? before.tokens;
    const session = { record: before.record, tokens };
    this.cache.put({ session, secret, readAtMs: this.clock.nowMs() });
    return { kind: 'saved', session };
  }
}
