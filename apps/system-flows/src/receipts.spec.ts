import { eventually } from '@gatehouse/testing';
import type { AppProcess } from './harness/app-process.js';
import type { Device, Person } from './harness/device.js';
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
