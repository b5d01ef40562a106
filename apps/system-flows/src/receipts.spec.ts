import { eventually } from '@gatehouse/testing';
import type { AppProcess } from './harness/app-process.js';
import type { Device, Person } from './harness/device.js';
import { openEventStream } from './harness/event-stream.js';
import { codeOf, dataOf } from './harness/http.js';
import { itLogsNoSecret, System } from './harness/system.js';

interface Receipt {
  readonly complete: boolean;
  readonly sequence: string | null;
  readonly validators: readonly {
    readonly service: string;
    readonly applied: boolean;
    readonly applied_at: string | null;
    readonly expected: boolean;
  }[];
}

let system: System;
let person: Person;
let watcher: Device;
beforeAll(async () => {
  system = await System.start();
  person = await system.member();
  watcher = await system.device(person);
}, 60_000);
afterAll(() => system.stop());

interface Shown {
  readonly id: string;
  readonly request_count: number;
  readonly ip_addresses: readonly string[];
  readonly last_request_at: string | null;
}

/** Ends a session of the watcher's. @returns the id of its revocation. */
async function endOne(): Promise<string> {
  const other = await system.device(person);
  return dataOf<{ revocation_id: string }>(await other.signOut()).revocation_id;
}

const receiptFrom = async (auth: AppProcess, id: string) =>
  dataOf<Receipt>(await auth.ask(`/api/v1/revocations/${id}`, { token: watcher.accessToken }));

const appliedBy = ({ validators }: Receipt, service: string) =>
  validators.filter((one) => one.service === service).map(({ applied }) => applied);

describe('two auth and two orders processes', () => {
  it('show in the list of sessions what was asked of either orders process, each request once', async () => {
    const device = await system.device(person);
    const other = await system.device(person);
    const [first, second] = system.orders as [AppProcess, AppProcess];
    for (let i = 0; i < 30; i++) expect((await device.use(i % 3 ? first : second)).status).toBe(200);
    const shown = async () => {
      const { sessions } = dataOf<{ sessions: Shown[] }>(await watcher.listSessions());
      return [device, other].map(({ sessionId }) => sessions.find(({ id }) => id === sessionId));
    };
    await eventually(async () => expect((await shown())[0]?.request_count).toBe(30), {
      timeoutMs: 15_000,
      everyMs: 250,
    });
    const [used, unused] = await shown();
    // Neither device has asked the auth service anything.
    expect(unused?.request_count).toBe(0);
    expect(used?.ip_addresses).toEqual(['127.0.0.1']);
    expect(Math.abs(Date.parse(used?.last_request_at ?? '') - Date.now())).toBeLessThan(30_000);
    await other.signOut();
    await device.signOut();
  });

  it('tell a person on either auth process what happens to their sessions on the other, and nobody else', async () => {
    const stranger = await system.device();
    const [first, second] = system.auths as [AppProcess, AppProcess];
    const open = (app: AppProcess, { accessToken }: Device) =>
      openEventStream(`${app.url}/api/v1/sessions/events`, accessToken);
    const streams = await Promise.all([open(first, watcher), open(second, watcher)]);
    const theirs = await open(first, stranger);
    const device = await system.device(person);
    await device.signOut();
    for (const stream of streams) {
      await eventually(() => {
        const told = [...stream.text().matchAll(/^event: (session\.\w+)$/gm)].map(([, type]) => type);
        expect(told).toEqual(['session.created', 'session.revoked']);
        expect(stream.text()).toContain(device.sessionId);
      });
    }
    expect(theirs.text()).not.toContain(device.sessionId);
    await stranger.signOut();
    await theirs.ended;
    expect(theirs.text()).toContain('event: session-ended');
    for (const stream of streams) stream.close();
  });

  it('all say within three seconds that a session has ended, whichever auth process one asks', async () => {
    const id = await endOne();
    for (const auth of system.auths) {
      await eventually(
        async () => {
          const receipt = await receiptFrom(auth, id);
          expect(appliedBy(receipt, 'auth')).toEqual([true, true]);
          expect(appliedBy(receipt, 'orders')).toEqual([true, true]);
          expect(receipt.complete).toBe(true);
          for (const { applied_at: at } of receipt.validators) {
            const lateMs = Date.parse(String(at)) - Number(receipt.sequence?.split('-')[0]);
            expect(lateMs).toBeLessThan(1_000);
          }
        },
        { timeoutMs: 3_000 },
      );
    }
  });

  it('wait for one that is stopped, until it goes on', async () => {
    const [stopped] = system.orders as [AppProcess, AppProcess];
    process.kill(stopped.pid, 'SIGSTOP');
    try {
      const id = await endOne();
      await eventually(async () => expect(appliedBy(await receiptFrom(system.auth(), id), 'orders')).toContain(true), {
        timeoutMs: 3_000,
      });
      for (const auth of system.auths) {
        const receipt = await receiptFrom(auth, id);
        expect(appliedBy(receipt, 'orders').sort()).toEqual([false, true]);
        expect(receipt.complete).toBe(false);
      }
      process.kill(stopped.pid, 'SIGCONT');
      await eventually(async () => expect((await receiptFrom(system.auth(), id)).complete).toBe(true), {
        timeoutMs: 8_000,
      });
    } finally {
      process.kill(stopped.pid, 'SIGCONT');
    }
  });

  it('wait for none that has ended', async () => {
    await system.orders[1]!.stop();
    const id = await endOne();
    await eventually(
      async () => {
        const receipt = await receiptFrom(system.auth(), id);
        expect(appliedBy(receipt, 'orders')).toEqual([true]);
        expect(receipt.complete).toBe(true);
      },
      { timeoutMs: 4_000 },
    );
  });

  it('tell nobody else', async () => {
    const id = await endOne();
    const stranger = await system.device();
    const answer = await stranger.askAuth(`/api/v1/revocations/${id}`);
    expect([answer.status, codeOf(answer)]).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await stranger.askAuth('/api/v1/admin/validators'))).toBe('FORBIDDEN');
  });
});

itLogsNoSecret(() => system);
