import { eventually } from '@gatehouse/testing';
import { CourierRounds } from './courier-rounds.js';

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('the courier’s rounds', () => {
  it('begin at once when called, and one at a time', async () => {
    let rounds = 0;
    let inHand = 0;
    let most = 0;
    const work = async () => {
      rounds++;
      most = Math.max(most, ++inHand);
      await pause(20);
      inHand--;
    };
    const courier = new CourierRounds(work, () => undefined, 60_000);
    courier.start();
    await eventually(() => expect(rounds).toBe(1));
    await pause(40);
    courier.call();
    await eventually(() => expect(rounds).toBe(2));
    // Called in the middle of a round: another follows, since this one may have looked too early.
    courier.call();
    courier.call();
    await eventually(() => expect(rounds).toBe(3));
    await courier.stop();
    expect(most).toBe(1);
  });

  it('go on after a failure, and end when they are stopped, with what is in hand', async () => {
    const failures: unknown[] = [];
    let isDone = false;
    const courier = new CourierRounds(
      async (signal) => {
        await pause(30);
        isDone = signal.aborted;
        throw new Error('away');
      },
      (error) => failures.push(error),
      10,
    );
    courier.start();
    await pause(10);
    await courier.stop();
    expect([isDone, failures.length]).toEqual([true, 1]);
    courier.call();
    await pause(50);
    expect(failures).toHaveLength(1);
  });
});
