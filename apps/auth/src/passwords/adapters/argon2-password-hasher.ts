import { randomBytes } from 'node:crypto';
import * as onNodesThreads from '@node-rs/argon2';
import { hashSync, parseOptions } from '@node-rs/argon2';
import { readImported } from '../foreign/imported-hash.js';
import { decoyIn } from '../no-password.js';
import type { HashingQueue } from '../hashing-queue.js';
import { PasswordHasher } from '../password-hasher.port.js';
import { type Argon2, type Argon2Options, HashingThreadLost } from './hashing-threads.js';

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** The least OWASP's password storage cheat sheet asks of argon2id. */
export const DEFAULT_ARGON2_COST: Argon2Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };

/** `Algorithm.Argon2id`, spelled out because a const enum cannot be imported under `isolatedModules`. */
const ARGON2ID = 2;

/**
 * argon2id; 16 random bytes of salt and the parameters are part of each hash. Also checks hashes that were brought along from
 * elsewhere, which always need a rehash.
 */
export class Argon2PasswordHasher extends PasswordHasher {
  override readonly decoyHash: string;
  private readonly options: Argon2Options;

  /** @param argon2 - where it runs. @default on Node's own threads */
  constructor(
    private readonly queue: HashingQueue,
    private readonly cost: Argon2Cost = DEFAULT_ARGON2_COST,
    private readonly argon2: Argon2 = onNodesThreads,
  ) {
    super();
    this.options = {
      algorithm: ARGON2ID,
      memoryCost: cost.memoryKib,
      timeCost: cost.passes,
      parallelism: cost.lanes,
    };
    this.decoyHash = hashSync(randomBytes(32), this.options);
  }

  override hash(password: string): Promise<string> {
    return this.queue.run(() => this.argon2.hash(canonicalPassword(password), this.options));
  }

  override async matches(password: string, passwordHash: string): Promise<boolean> {
    return this.queue.run(async () => {
      try {
        const decoy = decoyIn(passwordHash);
        if (decoy !== undefined) {
          await this.argon2.verify(decoy, canonicalPassword(password));
          return false;
        }
        const imported = readImported(passwordHash);
        if (imported) return imported.isBearable && (await imported.matches(password));
        return await this.argon2.verify(passwordHash, canonicalPassword(password));
      } catch (error) {
        if (error instanceof HashingThreadLost) throw error;
        // Not a hash: a damaged row must refuse, not answer 500.
        return false;
      }
    });
  }

  override needsRehash(passwordHash: string): boolean {
    try {
      const used = parseOptions(passwordHash);
      return used.algorithm !== ARGON2ID || used.memoryCost < this.cost.memoryKib || used.timeCost < this.cost.passes;
    } catch {
      return true;
    }
  }
}

/** One text has many encodings, and keyboards differ in which they send; case and length stay untouched. */
function canonicalPassword(password: string): string {
  return password.normalize('NFKC');
}
