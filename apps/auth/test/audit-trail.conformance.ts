import { FakeClock } from '@gatehouse/kernel/testing';
import type { AuditEvent, AuditLog } from '../src/audit/audit-log.port.js';
import { InvalidCursor } from '../src/audit/audit.errors.js';
import type { AuditQuery, AuditTrail } from '../src/audit/audit-trail.port.js';

/** What every adapter owes who reads the audit log. The log is empty at first. */
export function describeAuditTrail(
  name: string,
  start: (clock: FakeClock) => Promise<{ log: AuditLog; trail: AuditTrail }>,
): void {
  describe(`the audit trail in ${name}`, () => {
    const clock = new FakeClock();
    let log: AuditLog;
    let trail: AuditTrail;
    /** Events of an hour each, oldest first: user n, by admin 1, now and then in the same millisecond. */
    const recorded: { event: AuditEvent; atMs: number }[] = [];
    beforeAll(async () => {
      ({ log, trail } = await start(clock));
      for (let n = 0; n < 60; n++) {
        const event: AuditEvent = {
          kind: n % 3 === 0 ? 'signin.failed' : n % 3 === 1 ? 'signin.succeeded' : 'roles.changed',
          userId: n % 5,
          ...(n % 3 === 2 ? { actorId: 1 } : {}),
          ...(n % 7 === 0 ? { clientId: 'batch' } : {}),
          requestId: `request-${n}`,
          details: { n },
        };
        log.record(event);
        recorded.push({ event, atMs: clock.nowMs() });
        if (n % 4 !== 0) clock.advance(3_600_000);
      }
      await log.flush();
    });

    const expected = (fits: (event: AuditEvent, atMs: number) => boolean) =>
      recorded
        .filter(({ event, atMs }) => fits(event, atMs))
        .map(({ event }) => event.requestId)
        .reverse();
    const all = async (query: Omit<AuditQuery, 'limit' | 'cursor'>, limit = 7) => {
      const found: (string | null)[] = [];
      let cursor: string | undefined;
      do {
        const page = await trail.page({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        found.push(...page.entries.map(({ requestId }) => requestId));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return found;
    };

    it('shows everything once, newest first, whatever the size of the pages', async () => {
      for (const limit of [1, 7, 60, 200]) expect(await all({}, limit)).toEqual(expected(() => true));
    });

    it('shows what is about one person, what one person did to others, what one client did', async () => {
      expect(await all({ userId: 3 })).toEqual(expected(({ userId }) => userId === 3));
      expect(await all({ actorId: 1 })).toEqual(expected(({ actorId }) => actorId === 1));
      expect(await all({ clientId: 'batch' })).toEqual(expected(({ clientId }) => clientId === 'batch'));
      expect(await all({ userId: 99 })).toEqual([]);
    });

    it('shows one kind, or several in one order', async () => {
      expect(await all({ kinds: ['roles.changed'] })).toEqual(expected(({ kind }) => kind === 'roles.changed'));
      const kinds = ['signin.failed', 'signin.succeeded', 'signin.failed'] as const;
      expect(await all({ kinds, userId: 2 })).toEqual(
        expected(({ kind, userId }) => userId === 2 && kind.startsWith('signin.')),
      );
    });

    it('shows a span of time, its start included and its end not', async () => {
      const fromMs = recorded[10]!.atMs;
      const untilMs = recorded[40]!.atMs;
      expect(await all({ fromMs, untilMs })).toEqual(expected((_event, atMs) => atMs >= fromMs && atMs < untilMs));
    });

    it('is not disturbed by what is recorded between two pages', async () => {
      const first = await trail.page({ userId: 3, limit: 3 });
      log.record({ kind: 'signout', userId: 3, requestId: 'later' });
      await log.flush();
      const second = await trail.page({ userId: 3, limit: 100, cursor: first.nextCursor! });
      const seen = [...first.entries, ...second.entries].map(({ requestId }) => requestId);
      expect(seen).toEqual(expected(({ userId }) => userId === 3));
    });

    it('tells everything that was recorded', async () => {
      log.record({
        kind: 'session.revoked',
        userId: 8,
        actorId: 1,
        clientId: 'console',
        sessionId: 'a'.repeat(64),
        ipAddress: '192.0.2.1',
        requestId: 'whole',
        details: { reason: 'admin', count: 2, all: true },
      });
      await log.flush();
      const { entries } = await trail.page({ userId: 8, limit: 10 });
      expect(entries).toEqual([
        {
          eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          seq: expect.any(Number),
          kind: 'session.revoked',
          userId: 8,
          actorId: 1,
          clientId: 'console',
          sessionId: 'a'.repeat(64),
          ipAddress: '192.0.2.1',
          requestId: 'whole',
          details: { reason: 'admin', count: 2, all: true },
          occurredAtMs: clock.nowMs(),
        },
      ]);
    });

    it.each([
      '',
      'x',
      '../..',
      Buffer.from('1.2; DROP TABLE').toString('base64url'),
      Buffer.from('-1.5').toString('base64url'),
    ])('refuses %j as a cursor', async (cursor) => {
      await expect(trail.page({ limit: 1, cursor })).rejects.toThrow(InvalidCursor);
    });
  });
}
