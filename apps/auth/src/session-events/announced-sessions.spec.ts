import { FakeClock } from '@gatehouse/kernel/testing';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { aMove, aSession, aUserId } from '@gatehouse/session-store/testing';
import { withSwitch } from '../../test/session-world.js';
import { MemorySessionEventBus } from './adapters/memory-session-event-bus.js';
import { announced } from './announced-sessions.js';
import type { SessionEvent } from './session-event.js';

function aWorld() {
  const clock = new FakeClock();
  const bus = new MemorySessionEventBus();
  const heard: SessionEvent[] = [];
  bus.listen({ heard: (event) => heard.push(event), missed: () => undefined });
  const { store, setAway } = withSwitch(new MemorySessionStore(clock));
  const sessions = announced(store, bus, clock);
  const said = () => heard.map(({ type, sessionId, reason }) => [type, sessionId, reason]);
  return { clock, heard, said, sessions, setAway };
}

describe('what happens to sessions is announced', () => {
  it('once, with whose it is and when', async () => {
    const { sessions, heard, clock } = aWorld();
    const wanted = aSession();
    await sessions.open(wanted, 5);
    expect(heard).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        type: 'session.created',
        userId: wanted.userId,
        sessionId: wanted.id,
        atMs: clock.nowMs(),
        reason: '',
      },
    ]);
  });

  it('when one makes room for another', async () => {
    const { sessions, said } = aWorld();
    const userId = aUserId();
    const [first, second, third] = [aSession({ userId }), aSession({ userId }), aSession({ userId })];
    await sessions.open(first, 1);
    await sessions.open(second, 1);
    expect(said().slice(1)).toEqual([
      ['session.created', second.id, ''],
      ['session.evicted', first.id, 'evicted_limit'],
    ]);
    expect((await sessions.openWithin(third, 1)).kind).toBe('full');
    expect(said()).toHaveLength(3);
    expect((await sessions.openWithin(third, 1, second.id)).kind).toBe('opened');
    expect(said().slice(3)).toEqual([
      ['session.created', third.id, ''],
      ['session.revoked', second.id, 'user_revoked'],
    ]);
  });

  it('when one is ended, or all others, for the reason that was given', async () => {
    const { sessions, said } = aWorld();
    const userId = aUserId();
    const [kept, first, second] = [aSession({ userId }), aSession({ userId }), aSession({ userId })];
    for (const session of [kept, first, second]) await sessions.open(session, 5);
    await sessions.end(userId, first.id, 'admin');
    await sessions.endOthers(userId, kept.id, 'password_changed');
    expect(said().slice(3)).toEqual([
      ['session.revoked', first.id, 'admin'],
      ['session.revoked', second.id, 'password_changed'],
    ]);
  });

  it('when a stolen refresh token ends it', async () => {
    const { sessions, said, clock } = aWorld();
    const wanted = aSession();
    await sessions.open(wanted, 5);
    await sessions.rotate(aMove(wanted, 'first', 'second'));
    clock.advance(60_000 / 2);
    expect((await sessions.rotate(aMove(wanted, 'first', 'third'))).kind).toBe('reused');
    expect(said().slice(1)).toEqual([['session.revoked', wanted.id, 'reuse_detected']]);
  });

  it('and not when nothing has happened', async () => {
    const { sessions, heard, setAway } = aWorld();
    const wanted = aSession();
    await sessions.open(wanted, 5);
    expect(await sessions.end(wanted.userId, 'f'.repeat(64))).toBe(false);
    expect(await sessions.end(wanted.userId + 1, wanted.id)).toBe(false);
    setAway(true);
    await expect(sessions.open(aSession(), 5)).rejects.toThrow();
    await expect(sessions.end(wanted.userId, wanted.id)).rejects.toThrow();
    setAway(false);
    expect(await sessions.list(wanted.userId)).toHaveLength(1);
    expect(heard).toHaveLength(1);
  });
});
