import { HashingQueue } from './hashing-queue.js';
import { Overloaded } from './passwords.errors.js';

/** Jobs that end when told to. */
class Jobs {
  readonly started: number[] = [];
  private readonly ends = new Map<number, () => void>();

  job(id: number): () => Promise<number> {
    return () => {
      this.started.push(id);
      return new Promise((resolve) => this.ends.set(id, () => resolve(id)));
    };
  }

  async end(id: number): Promise<void> {
    this.ends.get(id)?.();
    await new Promise(setImmediate);
  }
}

describe('the queue for password hashing', () => {
  it('works on a bounded number at a time, first come first served', async () => {
    const queue = new HashingQueue({ concurrency: 2, queue: 10 });
    const jobs = new Jobs();
    const results = [1, 2, 3, 4].map((id) => queue.run(jobs.job(id)));
    expect(jobs.started).toEqual([1, 2]);
    await jobs.end(2);
    expect(jobs.started).toEqual([1, 2, 3]);
    await jobs.end(1);
    expect(jobs.started).toEqual([1, 2, 3, 4]);
    await jobs.end(3);
    await jobs.end(4);
    await expect(Promise.all(results)).resolves.toEqual([1, 2, 3, 4]);
  });

  it('refuses at once what it cannot hold, and never starts it', async () => {
    const queue = new HashingQueue({ concurrency: 1, queue: 1 });
    const jobs = new Jobs();
    const kept = [1, 2].map((id) => queue.run(jobs.job(id)));
    await expect(queue.run(jobs.job(3))).rejects.toThrow(Overloaded);
    await jobs.end(1);
    await jobs.end(2);
    await Promise.all(kept);
    expect(jobs.started).toEqual([1, 2]);
  });

  it('goes on after a job that fails, and takes new work after a rush', async () => {
    const queue = new HashingQueue({ concurrency: 1, queue: 5 });
    const failing = queue.run(() => Promise.reject(new Error('broken')));
    const next = queue.run(async () => 'fine');
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
    await expect(queue.run(async () => 'later')).resolves.toBe('later');
    expect(queue.length).toBe(0);
  });

  it('holds no more than it serves in time, as far as the last ones tell, and more again when they are quick', async () => {
    let nowMs = 0;
    const queue = new HashingQueue({ concurrency: 2, queue: 64, maxWaitMs: 1_000 }, () => nowMs);
    const jobsOf = async (tookMs: number, count: number) => {
      for (let n = 0; n < count; n++) await queue.run(async () => void (nowMs += tookMs));
    };
    expect(queue.capacity).toBe(66);
    await jobsOf(100, 1);
    expect(queue.capacity).toBe(2 + 20);
    await jobsOf(500, 200);
    expect(queue.capacity).toBe(2 + 4);
    const jobs = new Jobs();
    const kept = [1, 2, 3, 4, 5, 6].map((id) => queue.run(jobs.job(id)));
    await expect(queue.run(jobs.job(7))).rejects.toThrow(Overloaded);
    for (const id of [1, 2, 3, 4, 5, 6]) await jobs.end(id);
    await Promise.all(kept);
    await jobsOf(5, 200);
    expect(queue.capacity).toBe(66);
  });

  it('says when to come back', () => {
    expect(new Overloaded().retryAfterSeconds).toBeGreaterThanOrEqual(1);
  });
});
