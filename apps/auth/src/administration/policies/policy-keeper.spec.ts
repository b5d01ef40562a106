import { DatabaseUnavailable } from '@gatehouse/failures';
import { silentLogger } from '@gatehouse/observability';
import { MemoryAuditLog } from '../../audit/adapters/memory-audit-log.js';
import { LivePasswordRules } from './live-password-rules.js';
import { PolicyKeeper } from './policy-keeper.js';
import { type KeptPolicy, PolicyStore } from './policy-store.port.js';

describe('an instance whose database answers late, or not at all', () => {
  const rules = () => new LivePasswordRules({ min_length: 8, check_breaches: false, refused_words: [] });
  const kept = (version: number, min_length: number): KeptPolicy => ({
    name: 'password',
    version,
    document: { min_length },
    updatedAtMs: 1,
    updatedBy: 1,
  });
  class Scripted extends PolicyStore {
    answer: () => Promise<KeptPolicy[]> = async () => [];
    override all(): Promise<KeptPolicy[]> {
      return this.answer();
    }
    override async replace(_name: string, version: number): Promise<KeptPolicy> {
      return kept(version + 1, 30);
    }
  }
  const actor = { userId: 1, sessionId: '', rights: { roles: [], scopes: [] }, ipAddress: '::1', requestId: 'r' };

  it('goes on with what it knows, and says so only where something else is wrong', async () => {
    const [store, live, warnings] = [new Scripted(), rules(), [] as string[]];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const keeper = new PolicyKeeper(store, [live], new MemoryAuditLog(), logger);
    store.answer = async () => [kept(1, 20)];
    await keeper.start();
    keeper.stop();
    expect(live.minLength).toBe(20);
    for (const error of [new DatabaseUnavailable('away'), new SyntaxError('a document that is no JSON')]) {
      store.answer = () => Promise.reject(error);
      await keeper.start();
      keeper.stop();
    }
    expect(live.minLength).toBe(20);
    expect(warnings).toEqual(['policies could not be read']);
  });

  it('is not set back by an answer from before the change, nor by one that holds nothing', async () => {
    const [store, live] = [new Scripted(), rules()];
    const keeper = new PolicyKeeper(store, [live], new MemoryAuditLog(), silentLogger);
    for (const before of [[], [kept(1, 20)]]) {
      let answer: (rows: KeptPolicy[]) => void = () => undefined;
      store.answer = () => new Promise((resolve) => (answer = resolve));
      const late = keeper.inForce(live);
      await keeper.set(live, live.policy, 1, actor);
      expect(live.minLength).toBe(30);
      answer(before);
      expect((await late).policy.min_length).toBe(30);
    }
  });
});
