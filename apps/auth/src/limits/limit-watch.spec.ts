import { FakeClock } from '@gatehouse/kernel/testing';
import { verdictOf } from '@gatehouse/rate-limit';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { LimitWatch } from './limit-watch.js';

function aWatch() {
  const clock = new FakeClock();
  const audit = new MemoryAuditLog();
  const counted: string[] = [];
  const lines: unknown[] = [];
  const watch = new LimitWatch(
    audit,
    clock,
    (policy) => counted.push(policy),
    (message, facts) => lines.push([message, facts]),
  );
  const reading = { policy: 'account', limit: 1, windowMs: 60_000, remaining: 0, resetMs: 1_500, waitMs: 1_500 };
  const refuse = (caller: string) =>
    watch.refuse('signin.throttled', verdictOf(0, [reading], []), { caller, ipAddress: '192.0.2.1', requestId: 'r' });
  return { clock, audit, counted, lines, refuse };
}

describe('refusals', () => {
  it('say how long to wait in whole seconds, rounded up', () => {
    expect(aWatch().refuse('someone')).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 2 });
  });

  it('are all counted, and written about once per caller and minute', () => {
    const { clock, audit, counted, lines, refuse } = aWatch();
    for (let n = 0; n < 5; n++) refuse('someone');
    expect(counted).toHaveLength(5);
    expect(audit.events).toHaveLength(1);
    clock.advance(60_000);
    refuse('someone');
    expect(audit.events[1]).toEqual({
      kind: 'signin.throttled',
      ipAddress: '192.0.2.1',
      requestId: 'r',
      details: { policy: 'account', waitSeconds: 2, untold: 4 },
    });
    expect(lines).toHaveLength(2);
  });

  it('of a flood leave a bounded trail, without what told its callers apart', () => {
    const { audit, counted, lines, refuse } = aWatch();
    for (let n = 0; n < 10_000; n++) refuse(`bot-${n}@example.test`);
    expect(counted).toHaveLength(10_000);
    expect(audit.events).toHaveLength(30);
    expect(lines).toHaveLength(30);
    expect(JSON.stringify([audit.events, lines])).not.toContain('example.test');
  });
});
