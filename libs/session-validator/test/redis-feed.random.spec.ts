import { startRedis, type RedisServer } from '@gatehouse/testing';
import fc from 'fast-check';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';
import { Wire } from './wire.js';
import { Witness } from './witness.js';

const FAULTS = [
  ...['write', 'write', 'write untold', 'write, told later', 'tell late', 'tell twice', 'beat', 'pause'],
  ...['cut', 'heal', 'kill pubsub', 'kill normal', 'trim', 'roll back', 'lose everything', 'foreign', 'newcomer'],
] as const;
/** Beyond them nothing new is learnt. */
const MOST_WITNESSES = 3;
type Fault = (typeof FAULTS)[number];

/** A real Redis, a wire, a writer, and validators that follow; what is done to them is drawn by chance. */
class Scene {
  private readonly witnesses: Witness[] = [];
  /** Notices held back, to be delivered late and out of order. */
  private readonly late: string[] = [];
  private isDamaged = false;

  constructor(
    private readonly wire: Wire,
    private readonly truth: Truth,
  ) {}

  async begin(): Promise<void> {
    await this.truth.revoke(2);
    await this.truth.writer.beat();
    await this.join().equals(this.truth);
  }

  async suffer(fault: Fault): Promise<void> {
    const { truth, wire } = this;
    const { writer } = truth;
    switch (fault) {
      case 'write':
      case 'write untold':
        await this.mend();
        return void (await truth.revoke(1, { told: fault === 'write' }));
      case 'write, told later':
        await this.mend();
        return void this.late.unshift(await writer.appendUntold(truth.newEntry()));
      case 'tell late':
      case 'tell twice':
        for (const notice of fault === 'tell late' ? this.late.splice(0) : this.late) await writer.tell(notice);
        return;
      case 'beat':
        await this.mend();
        return void (await writer.beat());
      case 'pause':
        return new Promise((resolve) => setTimeout(resolve, 20));
      case 'cut':
        return wire.cut();
      case 'heal':
        return wire.heal();
      case 'kill pubsub':
      case 'kill normal':
        return void (await writer.command('CLIENT', 'KILL', 'TYPE', fault.slice(5), 'SKIPME', 'yes'));
      case 'foreign':
        return writer.appendForeign();
      case 'newcomer':
        if (this.witnesses.length < MOST_WITNESSES) this.join();
        return;
      case 'trim':
      case 'roll back':
      case 'lose everything':
        return this.damage(fault);
    }
  }

  /** Ends all faults and lets one more entry be announced. */
  async end(): Promise<void> {
    await this.wire.heal();
    await this.mend();
    this.join();
    await this.truth.revoke();
    await this.truth.writer.beat();
    await Promise.all(this.witnesses.map((each) => each.equals(this.truth)));
  }

  async close(): Promise<void> {
    await Promise.all(this.witnesses.map((each) => each.close()));
  }

  private join(): Witness {
    const joined = new Witness({ redisUrl: `redis://${this.wire.address}` });
    this.witnesses.push(joined);
    return joined;
  }

  private async damage(fault: 'trim' | 'roll back' | 'lose everything'): Promise<void> {
    const { writer } = this.truth;
    this.isDamaged = true;
    if (fault === 'trim') return writer.trim(2);
    if (fault === 'lose everything') return writer.loseEverything();
    const [last] = (await writer.command('XREVRANGE', 'rev:log', '+', '-', 'COUNT', '1')) as [string, string[]][];
    if (last) await writer.command('XDEL', 'rev:log', last[0]);
  }

  /** The auth service finds out when it writes. */
  private async mend(): Promise<void> {
    if (!this.isDamaged) return;
    this.isDamaged = false;
    await this.truth.refill();
  }
}

describe('on a real Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.kill());

  it('validators hold the truth after any sequence of faults, and never accept what they have applied', async () => {
    const faults = fc.array(fc.constantFrom(...FAULTS), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(faults, async (drawn) => {
        await redis.flush();
        const wire = new Wire(redis.port);
        await wire.heal();
        const truth = new Truth(new RedisWriter(redis.url));
        const scene = new Scene(wire, truth);
        try {
          await scene.begin();
          for (const fault of drawn) await scene.suffer(fault);
          await scene.end();
        } finally {
          await scene.close();
          await wire.cut();
          truth.writer.close();
        }
      }),
      { numRuns: 40, seed: 20_260_801, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
    );
  }, 60_000);
});
