import { eventually, sleep } from '@gatehouse/testing';
import { lastAcceptedAfter } from './harness/refusal.js';
import { codeOf, dataOf } from './harness/http.js';
import type { Tokens } from './harness/device.js';
import { itLogsNoSecret, System } from './harness/system.js';

const GRACE_SECONDS = 2;
const CROWD = 100;

let system: System;
beforeAll(async () => {
  system = await System.start({ authEnv: { REFRESH_GRACE_SECONDS: String(GRACE_SECONDS) } });
}, 60_000);
afterAll(() => system.stop());

describe('one refresh token', () => {
  it('presented a hundred times at once to two processes rotates once: a hundred identical answers', async () => {
    const device = await system.device();
    const spent = device.refreshToken;
    const answers = await Promise.all(Array.from({ length: CROWD }, () => device.refresh(spent)));

    expect(answers.map(({ status }) => status)).toEqual(Array<number>(CROWD).fill(200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['x-refresh-replayed'] === undefined)).toHaveLength(1);
    const successor = device.keep(answers[0]!);
    expect(successor.refresh_token).not.toBe(spent);
    expect(dataOf(await device.listSessions())).toMatchObject({ count: 1 });

    // What came out of it works, once more.
    const next = await device.refresh();
    expect(next.status).toBe(200);
    device.keep(next);
    for (const service of system.orders) expect((await device.use(service)).status).toBe(200);
  });

  it('presented again after the window counts as stolen: the family and its access tokens end', async () => {
    const person = await system.member();
    const [device, bystander] = [await system.device(person), await system.device(person)];
    const stolen = device.refreshToken;
    const accessTokens = [device.accessToken];
    device.keep(await device.refresh());
    accessTokens.push(device.accessToken);
    await sleep(GRACE_SECONDS * 1_000 + 200);

    const replay = await device.refresh(stolen);
    const sinceMs = performance.now();
    expect([replay.status, codeOf(replay)]).toEqual([401, 'REFRESH_REUSE_DETECTED']);
    for (const token of accessTokens) {
      for (const service of system.orders) {
        expect(await lastAcceptedAfter(service, token, { sinceMs })).toBeLessThan(1_000);
      }
    }
    const owner = await device.refresh();
    expect(owner.status).toBe(401);
    // The person's other sessions are none of the thief's.
    expect((await bystander.refresh()).status).toBe(200);
  });

  it('does not slide its window: replays inside it buy no more time', async () => {
    const device = await system.device();
    const spent = device.refreshToken;
    const first = await device.refresh(spent);
    const spentMs = performance.now();
    while (performance.now() - spentMs < GRACE_SECONDS * 1_000 - 500) {
      expect((await device.refresh(spent)).text).toBe(first.text);
      await sleep(200);
    }
    await sleep(700);
    expect(codeOf(await device.refresh(spent))).toBe('REFRESH_REUSE_DETECTED');
  });

  it('never survives a sign-out that races with it', async () => {
    for (let round = 0; round < 15; round++) {
      const device = await system.device();
      const [signedOut, ...refreshed] = await Promise.all([
        device.signOut(),
        ...Array.from({ length: 4 }, () => device.refresh()),
      ]);
      expect(signedOut.status).toBe(200);
      const handedOut = refreshed.filter(({ status }) => status === 200).map((answer) => dataOf<Tokens>(answer));
      for (const { refresh_token: token } of [...handedOut, { refresh_token: device.refreshToken }]) {
        expect((await device.refresh(token)).status).toBe(401);
      }
      for (const { access_token: token } of handedOut) {
        await eventually(
          async () => {
            for (const service of system.orders) {
              expect((await service.ask('/api/orders', { token })).status).toBe(401);
            }
          },
          { timeoutMs: 1_000 },
        );
      }
    }
  });
});

itLogsNoSecret(() => system);
