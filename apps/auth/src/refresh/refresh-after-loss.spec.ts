import { LedgeredSessionStore, LedgerWriter } from '@gatehouse/session-store/ledger';
import { MemorySessionLedger, MemorySessionStore } from '@gatehouse/session-store/memory';
import { aSession } from '@gatehouse/session-store/testing';
import { aCaller, sessionWorld } from '../../test/session-world.js';
import { SettleEnds } from '../revocations/settle-ends.js';
import { RefreshSession } from './refresh-session.js';
import { RefreshExpired, RefreshInvalid, RefreshReuseDetected } from './refresh.errors.js';

const GRACE_MS = 10_000;

/** A session that was refreshed three times, and then its store forgot everything: no answer it ever gave is left. */
async function aWorldWithLoss() {
  const world = sessionWorld();
  const { clock, refreshTokens } = world;
  const ledger = new MemorySessionLedger(clock, 86_400_000);
  const startStore = () => {
    const writer = new LedgerWriter(ledger, clock);
    const store = new LedgeredSessionStore(new MemorySessionStore(clock, writer), ledger, writer);
    const refresh = new RefreshSession(
      store,
      { admitted: () => true },
      new SettleEnds(store, world.revokeSessions),
      world.revokeSessions,
      world.accessTokens,
      refreshTokens,
      world.audit,
      { graceMs: GRACE_MS },
      clock,
    );
    return { store, present: (refreshToken: string) => refresh.run({ refreshToken, ...aCaller }) };
  };

  const before = startStore();
  const id = aSession().id;
  const first = refreshTokens.mint(id);
  const { session } = await before.store.open(aSession({ id, refreshTokenHash: first.hash }), 5);
  const texts = [first.text];
  for (let n = 0; n < 3; n++) texts.push((await before.present(texts.at(-1)!)).tokens.refreshToken);
  return { ...world, ...startStore(), session, texts };
}

describe('a refresh token whose session came back from the ledger', () => {
  it('goes on when it is the newest, and its successors after it', async () => {
    const { present, texts } = await aWorldWithLoss();
    const { tokens, replayed } = await present(texts[3]!);
    expect(replayed).toBe(false);
    expect((await present(tokens.refreshToken)).replayed).toBe(false);
  });

  it('yields the identical successor, with a fresh access token, when it is the one before', async () => {
    const { present, texts } = await aWorldWithLoss();
    expect(await present(texts[2]!)).toMatchObject({ replayed: true, tokens: { refreshToken: texts[3] } });
    expect((await present(texts[3]!)).replayed).toBe(false);
  });

  it.each([
    ['older than that', 1, 0],
    ['the one before, once the window is over', 2, GRACE_MS + 1],
  ])('ends the session when it is %s', async (_which, place, waitMs) => {
    const { present, texts, session, clock, revocations } = await aWorldWithLoss();
    clock.advance(waitMs);
    await expect(present(texts[place]!)).rejects.toThrow(RefreshReuseDetected);
    expect(revocations.sessionIds).toEqual([session.id]);
    await expect(present(texts[3]!)).rejects.toThrow(RefreshExpired);
  });

  it('is not to be outbid: nobody makes up a token with a higher number', async () => {
    const { present, texts, session } = await aWorldWithLoss();
    const forged = Buffer.from(texts[3]!.split('.')[1]!, 'base64url');
    forged.writeUInt32BE(4_000_000);
    await expect(present(`${session.id}.${forged.toString('base64url')}`)).rejects.toThrow(RefreshInvalid);
    expect((await present(texts[3]!)).replayed).toBe(false);
  });
});
