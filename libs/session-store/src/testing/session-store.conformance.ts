import { MAX_TRACKED_ADDRESSES } from '../session.js';
import type { RefreshOutcome, SessionStore } from '../session-store.port.js';
import { aMove, aSession, aUserId } from './builders.js';

export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Lets the store's own time pass. */
  readonly elapse: (ms: number) => Promise<void>;
  /** Smallest time span the adapter's clock can be trusted with, in ms: real servers need room, a fake clock none. */
  readonly tickMs: number;
}

const kinds = (outcomes: RefreshOutcome[]) => {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

/** What every `SessionStore` owes, sentence by sentence of the port. */
export function describeSessionStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`SessionStore: ${name}`, () => {
    let store: SessionStore;
    let elapse: StoreUnderTest['elapse'];
    let tick: number;

    beforeAll(async () => {
      ({ store, elapse, tickMs: tick } = await make());
    });

    describe('opening', () => {
      it('gives back what was stored, and finds it again', async () => {
        const wanted = aSession({
          deviceName: 'Laptop',
          deviceId: 'device-1',
          actorId: 7,
          rememberMe: true,
          roles: ['user', 'admin'],
        });
        const { session, evicted } = await store.open(wanted, 5);
        const { refreshTokenHash: _h, idleTtlMs: _i, absoluteTtlMs: _a, ...facts } = wanted;
        expect(session).toMatchObject(facts);
        expect(session).toMatchObject({ requestCount: 0, lastRequestAtMs: null, ipAddresses: ['192.0.2.1'] });
        expect(session.idleExpiresAtMs - session.createdAtMs).toBe(60_000);
        expect(session.absoluteExpiresAtMs - session.createdAtMs).toBe(600_000);
        expect(evicted).toEqual([]);
        expect(await store.find(wanted.userId, wanted.id)).toEqual(session);
        expect(await store.ownerOf(wanted.id)).toBe(wanted.userId);
      });

      it('never keeps the hash of the refresh token where a session is read', async () => {
        const { session } = await store.open(aSession(), 5);
        expect(JSON.stringify(session)).not.toContain(aSession().refreshTokenHash);
      });

      it('ends the oldest over the limit, and says which', async () => {
        const userId = aUserId();
        const sessions = Array.from({ length: 6 }, () => aSession({ userId }));
        const evicted: string[] = [];
        for (const session of sessions) {
          evicted.push(...(await store.open(session, 5)).evicted.map(({ sessionId }) => sessionId));
        }
        expect(evicted).toEqual([sessions[0]!.id]);
        expect((await store.list(userId)).map(({ id }) => id)).toEqual(
          sessions
            .slice(1)
            .map(({ id }) => id)
            .reverse(),
        );
        expect(await store.unconfirmedEnds(userId)).toEqual([
          { userId, sessionId: sessions[0]!.id, cause: 'evicted_limit' },
        ]);
      });

      it('leaves exactly the five newest of a hundred at once', async () => {
        const userId = aUserId();
        const answers = await Promise.all(Array.from({ length: 100 }, () => store.open(aSession({ userId }), 5)));
        const live = (await store.list(userId)).map(({ id }) => id);
        expect(live).toHaveLength(5);
        const evicted = answers.flatMap((answer) => answer.evicted.map(({ sessionId }) => sessionId));
        expect(new Set(evicted).size).toBe(95);
        expect(evicted.filter((id) => live.includes(id))).toEqual([]);
      });

      it('makes room at once when the limit is lowered', async () => {
        const userId = aUserId();
        for (let i = 0; i < 4; i++) await store.open(aSession({ userId }), 5);
        const { evicted } = await store.open(aSession({ userId }), 2);
        expect(evicted).toHaveLength(3);
        expect(await store.list(userId)).toHaveLength(2);
      });

      it('neither counts nor ends who acts in the user’s place (I5)', async () => {
        const userId = aUserId();
        const acting = [aSession({ userId, actorId: 7 }), aSession({ userId, actorId: 8 })];
        const own = Array.from({ length: 3 }, () => aSession({ userId }));
        await store.open(acting[0]!, 1_000);
        await store.open(own[0]!, 2);
        await store.open(acting[1]!, 1_000);
        expect((await store.open(own[1]!, 2)).evicted).toEqual([]);
        const { evicted } = await store.open(own[2]!, 2);
        expect(evicted).toEqual([{ userId, sessionId: own[0]!.id, cause: 'evicted_limit' }]);
        const left = [acting[0]!, acting[1]!, own[1]!, own[2]!].map(({ id }) => id).sort();
        expect((await store.list(userId)).map(({ id }) => id).sort()).toEqual(left);
      });

      it('does not count sessions past their deadline', async () => {
        const userId = aUserId();
        await store.open(aSession({ userId, idleTtlMs: tick }), 2);
        await store.open(aSession({ userId }), 2);
        await elapse(tick + 1);
        expect((await store.open(aSession({ userId }), 2)).evicted).toEqual([]);
      });
    });

    describe('opening where there is room', () => {
      const idsOf = (sessions: readonly { id: string }[]) => sessions.map(({ id }) => id);

      it('opens up to the limit, and then tells what takes the room and changes nothing', async () => {
        const userId = aUserId();
        const sessions = Array.from({ length: 3 }, () => aSession({ userId }));
        for (const session of sessions) {
          const outcome = await store.openWithin(session, 3);
          expect(outcome).toMatchObject({ kind: 'opened', session: { id: session.id, requestCount: 0 }, ended: [] });
        }
        const live = await store.list(userId);
        const refused = aSession({ userId });
        expect(await store.openWithin(refused, 3)).toEqual({ kind: 'full', live });
        expect(idsOf(live)).toEqual(idsOf(sessions).reverse());
        expect(await store.list(userId)).toEqual(live);
        expect(await store.find(userId, refused.id)).toBeUndefined();
        expect((await store.rotate(aMove(refused, 'first', 'second'))).kind).toBe('gone');
        expect(await store.unconfirmedEnds(userId)).toEqual([]);
      });

      it('ends the session that is to make room in the same step', async () => {
        const userId = aUserId();
        const [first, second, third] = [aSession({ userId }), aSession({ userId }), aSession({ userId })];
        for (const session of [first, second]) await store.openWithin(session, 2);
        const ended = [{ userId, sessionId: second.id, cause: 'user_revoked' }];
        expect(await store.openWithin(third, 2, second.id)).toMatchObject({ kind: 'opened', ended });
        expect(idsOf(await store.list(userId))).toEqual([third.id, first.id]);
        expect(await store.unconfirmedEnds(userId)).toEqual(ended);
        expect((await store.rotate(aMove(second, 'first', 'second'))).kind).toBe('gone');
        await store.confirmEnds(userId, [second.id]);
        expect(await store.unconfirmedEnds(userId)).toEqual([]);
      });

      it('ends it also where there is room without: its owner has said so', async () => {
        const userId = aUserId();
        const [first, second] = [aSession({ userId }), aSession({ userId })];
        await store.openWithin(first, 5);
        expect(await store.openWithin(second, 5, first.id)).toMatchObject({ ended: [{ sessionId: first.id }] });
        expect(idsOf(await store.list(userId))).toEqual([second.id]);
      });

      it('takes the place of one also where there are more than may be since the limit was lowered', async () => {
        const userId = aUserId();
        const sessions = Array.from({ length: 4 }, () => aSession({ userId }));
        for (const session of sessions) await store.openWithin(session, 4);
        expect((await store.openWithin(aSession({ userId }), 2)).kind).toBe('full');
        const next = aSession({ userId });
        expect(await store.openWithin(next, 2, sessions[1]!.id)).toMatchObject({
          ended: [{ sessionId: sessions[1]!.id }],
        });
        expect(idsOf(await store.list(userId))).toEqual(
          [next, sessions[3]!, sessions[2]!, sessions[0]!].map(({ id }) => id),
        );
      });

      it('makes no room by a session that is over, unknown or somebody else’s, and leaves that alone', async () => {
        const userId = aUserId();
        const [over, kept, other] = [aSession({ userId }), aSession({ userId }), aSession()];
        for (const session of [over, other]) await store.openWithin(session, 5);
        await store.end(userId, over.id);
        await store.openWithin(kept, 1);
        for (const named of [over.id, other.id, 'f'.repeat(64), 'no id', '']) {
          const outcome = await store.openWithin(aSession({ userId }), 1, named);
          expect([named, outcome.kind]).toEqual([named, 'full']);
        }
        expect(await store.find(other.userId, other.id)).toBeDefined();
        expect(await store.unconfirmedEnds(other.userId)).toEqual([]);
        expect(idsOf(await store.list(userId))).toEqual([kept.id]);
      });

      it('does not count who acts in the user’s place, nor what is past its deadline', async () => {
        const userId = aUserId();
        const acting = aSession({ userId, actorId: 7 });
        await store.open(acting, 1_000);
        await store.openWithin(aSession({ userId, idleTtlMs: tick }), 1);
        await elapse(tick + 1);
        const own = aSession({ userId });
        expect((await store.openWithin(own, 1)).kind).toBe('opened');
        expect(await store.openWithin(aSession({ userId }), 1, acting.id)).toMatchObject({
          kind: 'full',
          live: [{ id: own.id }],
        });
        expect(await store.find(userId, acting.id)).toBeDefined();
      });

      it('lets exactly as many of a hundred in as there is room for (I5)', async () => {
        const userId = aUserId();
        const before = aSession({ userId });
        await store.openWithin(before, 5);
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, () => store.openWithin(aSession({ userId }), 5)),
        );
        expect(outcomes.filter(({ kind }) => kind === 'opened')).toHaveLength(4);
        const live = await store.list(userId);
        expect(live).toHaveLength(5);
        expect(live.at(-1)?.id).toBe(before.id);
      });

      it('gives the room of one session to one of a hundred who all choose it (I5)', async () => {
        const userId = aUserId();
        const [chosen, kept] = [aSession({ userId }), aSession({ userId })];
        for (const session of [chosen, kept]) await store.openWithin(session, 2);
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, () => store.openWithin(aSession({ userId }), 2, chosen.id)),
        );
        const winners = outcomes.flatMap((outcome) => (outcome.kind === 'opened' ? [outcome] : []));
        expect(winners.map(({ ended }) => ended.map(({ sessionId }) => sessionId))).toEqual([[chosen.id]]);
        expect(idsOf(await store.list(userId))).toEqual([winners[0]!.session.id, kept.id]);
      });
    });

    describe('reading', () => {
      it('knows nothing of a session nobody opened', async () => {
        const { id } = aSession();
        expect(await store.find(1, id)).toBeUndefined();
        expect(await store.ownerOf(id)).toBeUndefined();
        expect(await store.list(aUserId())).toEqual([]);
      });

      it('does not show one user another’s session', async () => {
        const { session } = await store.open(aSession(), 5);
        expect(await store.find(aUserId(), session.id)).toBeUndefined();
      });

      it.each(['', '*', '../x', '__proto__', 'a'.repeat(63), 'A'.repeat(64), '{u1}\r\nDEL x'])(
        'takes %j for no session',
        async (id) => {
          expect(await store.find(1, id)).toBeUndefined();
          expect(await store.ownerOf(id)).toBeUndefined();
          expect(await store.end(1, id)).toBe(false);
        },
      );
    });

    describe('deadlines', () => {
      it('ends what was left idle', async () => {
        const wanted = aSession({ idleTtlMs: tick });
        await store.open(wanted, 5);
        await elapse(tick + 1);
        expect(await store.find(wanted.userId, wanted.id)).toBeUndefined();
        expect(await store.rotate(aMove(wanted, 'first', 'second'))).toEqual({ kind: 'gone' });
      });

      it('lets use move the idle deadline, but never past the absolute one', async () => {
        const wanted = aSession({ idleTtlMs: tick * 3, absoluteTtlMs: tick * 4 });
        await store.open(wanted, 5);
        await elapse(tick * 2);
        const outcome = await store.rotate(aMove(wanted, 'first', 'second'));
        if (outcome.kind !== 'rotated') throw new Error(outcome.kind);
        expect(outcome.session.idleExpiresAtMs).toBe(outcome.session.absoluteExpiresAtMs);
        await elapse(tick * 2 + 1);
        expect(await store.rotate(aMove(wanted, 'second', 'third'))).toEqual({ kind: 'gone' });
      });
    });

    it('tells whose current refresh token it is, and spends none by telling', async () => {
      const wanted = aSession();
      await store.open(wanted, 5);
      await store.rotate(aMove(wanted, 'first', 'second'));
      const holder = (token: string, userId = wanted.userId) =>
        store.findByRefreshToken(userId, wanted.id, aMove(wanted, token, '').presentedHash);
      expect((await holder('second'))?.id).toBe(wanted.id);
      expect(await holder('first')).toBeUndefined();
      expect(await holder('never')).toBeUndefined();
      expect(await holder('second', aUserId())).toBeUndefined();
      expect((await store.rotate(aMove(wanted, 'second', 'third'))).kind).toBe('rotated');
      await store.end(wanted.userId, wanted.id);
      expect(await holder('third')).toBeUndefined();
    });

    describe('rotating a refresh token', () => {
      it('spends it and installs the successor', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        expect((await store.rotate(aMove(wanted, 'first', 'second'))).kind).toBe('rotated');
        expect((await store.rotate(aMove(wanted, 'second', 'third'))).kind).toBe('rotated');
      });

      it('hands the predecessor the identical successor within the window', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        await store.rotate(aMove(wanted, 'first', 'second'));
        const again = await store.rotate(aMove(wanted, 'first', 'other'));
        expect(again).toMatchObject({ kind: 'replayed', sealedSuccessor: 'sealed:second' });
        expect((await store.rotate(aMove(wanted, 'other', 'x', { genuine: false }))).kind).toBe('foreign');
        expect((await store.rotate(aMove(wanted, 'second', 'third'))).kind).toBe('rotated');
      });

      it('lets one of a hundred win and gives the others its answer', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, (_, i) => store.rotate(aMove(wanted, 'first', `successor-${i}`))),
        );
        expect(kinds(outcomes)).toEqual({ rotated: 1, replayed: 99 });
        const answers = outcomes.flatMap((o) => (o.kind === 'replayed' ? [o.sealedSuccessor] : []));
        expect(new Set(answers).size).toBe(1);
      });

      it('counts the window once, from the rotation: replays do not keep it open', async () => {
        const graceMs = tick * 2;
        const wanted = aSession();
        await store.open(wanted, 5);
        await store.rotate(aMove(wanted, 'first', 'second'));
        await elapse(tick);
        expect((await store.rotate(aMove(wanted, 'first', 'x', { graceMs }))).kind).toBe('replayed');
        await elapse(tick + tick / 2);
        expect((await store.rotate(aMove(wanted, 'first', 'x', { graceMs }))).kind).toBe('reused');
      });

      it('hands it out for longer to whoever repeats an attempt by its name, and to nobody else', async () => {
        const named = (printHash: string) => ({ graceMs: 0, attempt: { printHash, keptMs: tick * 2 } });
        for (const [again, kind] of [
          [named('a'), 'replayed'],
          [named('b'), 'reused'],
          [named(''), 'reused'],
          [{ graceMs: 0 }, 'reused'],
        ] as const) {
          const wanted = aSession();
          await store.open(wanted, 5);
          await store.rotate(aMove(wanted, 'first', 'second', named('a')));
          await elapse(tick);
          expect((await store.rotate(aMove(wanted, 'first', 'x', again))).kind).toBe(kind);
          if (kind === 'reused') continue;
          await elapse(tick + tick / 2);
          expect((await store.rotate(aMove(wanted, 'first', 'x', again))).kind).toBe('reused');
        }
      });

      it('takes a name for one attempt only: one without a name has none to be repeated by', async () => {
        const wanted = aSession();
        const named = { graceMs: 0, attempt: { printHash: 'a', keptMs: tick * 2 } };
        await store.open(wanted, 5);
        await store.rotate(aMove(wanted, 'first', 'second', named));
        await store.rotate(aMove(wanted, 'second', 'third', { graceMs: 0 }));
        await elapse(1);
        expect((await store.rotate(aMove(wanted, 'second', 'x', named))).kind).toBe('reused');
      });

      it('ends the session when an older token comes back, even within the window', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        await store.rotate(aMove(wanted, 'first', 'second'));
        await store.rotate(aMove(wanted, 'second', 'third'));
        expect(await store.rotate(aMove(wanted, 'first', 'x'))).toEqual({ kind: 'reused' });
        expect(await store.find(wanted.userId, wanted.id)).toBeUndefined();
        expect(await store.rotate(aMove(wanted, 'third', 'fourth'))).toEqual({ kind: 'gone' });
        expect(await store.unconfirmedEnds(wanted.userId)).toEqual([
          { userId: wanted.userId, sessionId: wanted.id, cause: 'reuse_detected' },
        ]);
      });

      it('is not moved by a token nobody issued', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        expect(await store.rotate(aMove(wanted, 'made up', 'x', { genuine: false }))).toEqual({ kind: 'foreign' });
        expect((await store.rotate(aMove(wanted, 'first', 'second'))).kind).toBe('rotated');
      });

      it('finds no session under another user', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        expect(await store.rotate(aMove({ ...wanted, userId: aUserId() }, 'first', 'x'))).toEqual({ kind: 'gone' });
      });

      it('never slips past an end that was acknowledged', async () => {
        for (let round = 0; round < 50; round++) {
          const wanted = aSession();
          await store.open(wanted, 5);
          const racing = store.rotate(aMove(wanted, 'first', 'second'));
          await store.end(wanted.userId, wanted.id);
          await racing;
          expect((await store.rotate(aMove(wanted, 'second', 'third'))).kind).toBe('gone');
          expect((await store.rotate(aMove(wanted, 'first', 'third'))).kind).toBe('gone');
        }
      });
    });

    describe('activity', () => {
      it('adds up requests and addresses and moves the idle deadline', async () => {
        const wanted = aSession({ idleTtlMs: tick * 4 });
        const { session } = await store.open(wanted, 5);
        await elapse(tick);
        const seen = { userId: wanted.userId, sessionId: wanted.id, requests: 3, lastRequestAtMs: 1_800_000_000_000 };
        await store.recordActivity([{ ...seen, ipAddresses: ['192.0.2.1', '2001:db8::1'] }]);
        await store.recordActivity([{ ...seen, requests: 2, lastRequestAtMs: 1_700_000_000_000, ipAddresses: [] }]);
        const now = await store.find(wanted.userId, wanted.id);
        expect(now).toMatchObject({
          requestCount: 5,
          lastRequestAtMs: 1_800_000_000_000,
          ipAddresses: ['192.0.2.1', '2001:db8::1'],
        });
        expect(now!.idleExpiresAtMs).toBeGreaterThan(session.idleExpiresAtMs);
      });

      it('counts use that is told of later from when it was, and takes nothing back', async () => {
        const wanted = aSession({ idleTtlMs: tick * 100, absoluteTtlMs: tick * 1_000 });
        const { session } = await store.open(wanted, 5);
        const used = (lastRequestAtMs: number) =>
          store.recordActivity([
            { userId: wanted.userId, sessionId: wanted.id, requests: 1, lastRequestAtMs, ipAddresses: [] },
          ]);
        const found = async () => (await store.find(wanted.userId, wanted.id))!;
        await elapse(tick * 2);
        await used(session.createdAtMs + tick);
        const told = await found();
        expect(told.idleExpiresAtMs).toBe(session.idleExpiresAtMs + tick);
        expect(told.lastAccessAtMs).toBe(session.createdAtMs + tick);
        await used(session.createdAtMs - tick * 50);
        expect(await found()).toMatchObject({
          requestCount: 2,
          idleExpiresAtMs: told.idleExpiresAtMs,
          lastAccessAtMs: told.lastAccessAtMs,
        });
        // From now at the most: nobody keeps a session for longer by naming a moment to come.
        await used(session.createdAtMs + tick * 500);
        const claimed = await found();
        expect(claimed.idleExpiresAtMs).toBeLessThan(session.createdAtMs + tick * 200);
        expect(claimed.idleExpiresAtMs).toBeGreaterThan(told.idleExpiresAtMs);
      });

      it('moves no session past its absolute end, however much it is used', async () => {
        const wanted = aSession({ idleTtlMs: tick * 60, absoluteTtlMs: tick * 62 });
        const { session } = await store.open(wanted, 5);
        await elapse(tick * 3);
        const now = session.createdAtMs + tick * 1_000;
        await store.recordActivity([
          { userId: wanted.userId, sessionId: wanted.id, requests: 1, lastRequestAtMs: now, ipAddresses: [] },
        ]);
        const used = await store.find(wanted.userId, wanted.id);
        expect([used?.idleExpiresAtMs, used?.absoluteExpiresAtMs]).toEqual([
          session.absoluteExpiresAtMs,
          session.absoluteExpiresAtMs,
        ]);
      });

      it('remembers a bounded number of addresses', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        const ipAddresses = Array.from({ length: 50 }, (_, i) => `198.51.100.${i}`);
        await store.recordActivity([
          { userId: wanted.userId, sessionId: wanted.id, requests: 50, lastRequestAtMs: 1, ipAddresses },
        ]);
        expect((await store.find(wanted.userId, wanted.id))?.ipAddresses).toHaveLength(MAX_TRACKED_ADDRESSES);
      });

      it('never revives an ended session', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        await store.end(wanted.userId, wanted.id);
        await store.recordActivity([
          { userId: wanted.userId, sessionId: wanted.id, requests: 1, lastRequestAtMs: 1, ipAddresses: [] },
        ]);
        expect(await store.find(wanted.userId, wanted.id)).toBeUndefined();
        expect(await store.list(wanted.userId)).toEqual([]);
      });
    });

    describe('changing', () => {
      it('tells what changed from then on, and keeps the rest', async () => {
        const wanted = aSession({ deviceName: 'Laptop', authMethods: ['pwd'] });
        const { session } = await store.open(wanted, 5);
        const change = {
          deviceName: 'Work laptop',
          authMethods: [],
          acr: 'aal2',
          authenticatedAtMs: 1_767_225_700_000,
        };
        const amended = await store.amend(wanted.userId, wanted.id, change);
        expect(amended).toEqual({ ...session, ...change });
        expect(await store.find(wanted.userId, wanted.id)).toEqual(amended);
        expect(await store.amend(wanted.userId, wanted.id, { deviceName: null })).toMatchObject({
          deviceName: null,
          acr: 'aal2',
        });
        const rotated = await store.rotate(aMove(wanted, 'first', 't1'));
        expect(rotated).toMatchObject({ kind: 'rotated', session: { deviceName: null, acr: 'aal2', authMethods: [] } });
      });

      it('moves the absolute deadline, and the idle one with it', async () => {
        const wanted = aSession({ idleTtlMs: 60_000, absoluteTtlMs: 600_000 });
        const { session } = await store.open(wanted, 5);
        const sooner = session.createdAtMs + 30_000;
        const shortened = await store.amend(wanted.userId, wanted.id, { absoluteExpiresAtMs: sooner });
        expect(shortened).toMatchObject({ absoluteExpiresAtMs: sooner, idleExpiresAtMs: sooner });
        const later = session.createdAtMs + 6_000_000;
        const extended = await store.amend(wanted.userId, wanted.id, { absoluteExpiresAtMs: later });
        expect(extended).toMatchObject({
          absoluteExpiresAtMs: later,
          idleExpiresAtMs: session.idleExpiresAtMs,
        });
        expect(await store.ownerOf(wanted.id)).toBe(wanted.userId);
      });

      it('ends a session whose deadline is moved into the past', async () => {
        const wanted = aSession();
        const { session } = await store.open(wanted, 5);
        const past = { absoluteExpiresAtMs: session.createdAtMs - 1 };
        expect(await store.amend(wanted.userId, wanted.id, past)).toBeUndefined();
        expect(await store.find(wanted.userId, wanted.id)).toBeUndefined();
        expect(await store.rotate(aMove(wanted, 'first', 't1'))).toEqual({ kind: 'gone' });
      });

      it('narrows how long it may lie untouched, also after its next refresh, and widens it never', async () => {
        const wanted = aSession({ idleTtlMs: 60_000, absoluteTtlMs: 600_000 });
        const { session } = await store.open(wanted, 5);
        const narrowed = await store.amend(wanted.userId, wanted.id, { idleAtMostMs: 40_000 });
        expect(narrowed).toEqual({ ...session, idleExpiresAtMs: session.lastAccessAtMs + 40_000 });
        expect(await store.amend(wanted.userId, wanted.id, { idleAtMostMs: 50_000 })).toEqual(narrowed);
        const rotated = await store.rotate(aMove(wanted, 'first', 't1'));
        if (rotated.kind !== 'rotated') throw new Error(rotated.kind);
        expect(rotated.session.idleExpiresAtMs - rotated.session.lastAccessAtMs).toBe(40_000);
      });

      it('brings its end forward, and never back', async () => {
        const wanted = aSession({ idleTtlMs: 60_000, absoluteTtlMs: 600_000 });
        const { session } = await store.open(wanted, 5);
        const [sooner, later] = [session.createdAtMs + 30_000, session.createdAtMs + 45_000];
        const narrowed = await store.amend(wanted.userId, wanted.id, { endsByMs: sooner });
        expect(narrowed).toEqual({ ...session, absoluteExpiresAtMs: sooner, idleExpiresAtMs: sooner });
        expect(await store.amend(wanted.userId, wanted.id, { endsByMs: later })).toEqual(narrowed);
        const both = { absoluteExpiresAtMs: session.createdAtMs + 90_000, endsByMs: later };
        expect(await store.amend(wanted.userId, wanted.id, both)).toMatchObject({ absoluteExpiresAtMs: later });
      });

      it('ends a session that by narrower limits would be over', async () => {
        const [untouched, old] = [aSession({ idleTtlMs: 60_000 }), aSession({ idleTtlMs: 60_000 })];
        const opened = await Promise.all([untouched, old].map((one) => store.open(one, 5)));
        await elapse(tick + 1);
        expect(await store.amend(untouched.userId, untouched.id, { idleAtMostMs: tick })).toBeUndefined();
        const passed = { endsByMs: opened[1]!.session.createdAtMs + tick };
        expect(await store.amend(old.userId, old.id, passed)).toBeUndefined();
        for (const { id, userId } of [untouched, old]) {
          expect(await store.list(userId)).toEqual([]);
          expect(await store.rotate(aMove({ id, userId }, 'first', 't1'))).toEqual({ kind: 'gone' });
        }
      });

      it('reaches no session that has ended, is unknown or somebody else’s', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        expect(await store.amend(aUserId(), wanted.id, { deviceName: 'mine now' })).toBeUndefined();
        expect(await store.amend(wanted.userId, aSession().id, { deviceName: 'x' })).toBeUndefined();
        expect(await store.amend(wanted.userId, 'no id', { deviceName: 'x' })).toBeUndefined();
        expect(await store.find(wanted.userId, wanted.id)).toMatchObject({ deviceName: null });
        await store.end(wanted.userId, wanted.id);
        expect(await store.amend(wanted.userId, wanted.id, { deviceName: 'x' })).toBeUndefined();
        expect(await store.list(wanted.userId)).toEqual([]);
      });

      it('gives all of a user’s sessions new rights, and nobody else’s', async () => {
        const userId = aUserId();
        const other = aSession();
        const [first, second] = [aSession({ userId, roles: ['admin'] }), aSession({ userId, roles: ['admin'] })];
        for (const session of [first, second, other]) await store.open(session, 5);
        await store.changeRights(userId, { roles: [], scope: 'orders:read', generation: 2 });
        const rights = { roles: [], scope: 'orders:read', generation: 2 };
        expect(await store.list(userId)).toMatchObject([rights, rights]);
        expect(await store.find(other.userId, other.id)).toMatchObject({ roles: ['user'], generation: 0 });
      });

      it('never gives back rights of an older generation', async () => {
        const wanted = aSession({ generation: 3, roles: ['user'] });
        await store.open(wanted, 5);
        await store.changeRights(wanted.userId, { roles: ['admin'], scope: '', generation: 2 });
        await store.changeRights(wanted.userId, { roles: ['admin'], scope: '', generation: 3 });
        expect(await store.find(wanted.userId, wanted.id)).toMatchObject({ roles: ['user'], generation: 3 });
        await store.changeRights(wanted.userId, { roles: ['support'], scope: '', generation: 5 });
        await store.changeRights(wanted.userId, { roles: ['admin'], scope: '', generation: 4 });
        expect(await store.find(wanted.userId, wanted.id)).toMatchObject({ roles: ['support'], generation: 5 });
      });
    });

    describe('ending', () => {
      it('says whether it was this call', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        const answers = await Promise.all(Array.from({ length: 20 }, () => store.end(wanted.userId, wanted.id)));
        expect(answers.filter(Boolean)).toHaveLength(1);
        expect(await store.find(wanted.userId, wanted.id)).toBeUndefined();
      });

      it('leaves another user’s session alone', async () => {
        const wanted = aSession();
        await store.open(wanted, 5);
        expect(await store.end(aUserId(), wanted.id)).toBe(false);
        expect(await store.find(wanted.userId, wanted.id)).toBeDefined();
      });

      it('ends the others and keeps one, or ends all', async () => {
        const userId = aUserId();
        const sessions = Array.from({ length: 3 }, () => aSession({ userId }));
        for (const session of sessions) await store.open(session, 5);
        const others = sessions.slice(0, 2).map(({ id }) => id);
        expect((await store.endOthers(userId, sessions[2]!.id)).sort()).toEqual(others.sort());
        expect((await store.list(userId)).map(({ id }) => id)).toEqual([sessions[2]!.id]);
        expect(await store.endOthers(userId, undefined)).toEqual([sessions[2]!.id]);
        expect(await store.list(userId)).toEqual([]);
      });

      it('forgets an unconfirmed end once it is confirmed', async () => {
        const userId = aUserId();
        const first = aSession({ userId });
        await store.open(first, 1);
        await store.open(aSession({ userId }), 1);
        await store.confirmEnds(userId, [first.id, 'f'.repeat(64)]);
        expect(await store.unconfirmedEnds(userId)).toEqual([]);
      });
    });

    it('counts live sessions', async () => {
      const before = await store.countLive();
      await store.open(aSession(), 5);
      expect(await store.countLive()).toBeGreaterThanOrEqual(before);
      await expect(store.checkReadWrite()).resolves.toBeUndefined();
    });
  });
}
