import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import type { LoginTransaction } from '../client/oidc-client.port.js';
import { addCookie, cookieOf, type PassportRequest } from './exchange.js';
import { TransactionStore } from './transaction-store.port.js';

/** Sign-ins of one browser at the same time: one for each tab, within what a header can hold. */
const SLOTS = [0, 1, 2, 3] as const;
const LIFE_SECONDS = 600;
/** States remembered as taken; beyond them a replay is left to the provider, which takes a code once. */
const MOST_TAKEN = 10_000;

export interface SealedCookieOptions {
  /** At least 32 bytes, the same on each instance. */
  readonly secret: string;
  /** `false` on plain http (loopback): the names go without `__Host-` then. */
  readonly secure: boolean;
  /** @default 'azure-ad' */
  readonly name?: string;
}

/**
 * The default: the whole transaction in a cookie, sealed with AES-256-GCM under the name of its cookie. Needs no server-side
 * session and no shared store. Single use within one process; over several the provider's own single use of a code counts.
 */
export class SealedCookieTransactions extends TransactionStore {
  private readonly key: Buffer;
  private readonly taken = new Map<string, number>();

  constructor(private readonly options: SealedCookieOptions) {
    super();
    if (Buffer.byteLength(options.secret) < 32) throw new Error('cookieSecret must be at least 32 bytes long');
    this.key = Buffer.from(hkdfSync('sha256', options.secret, '', 'gatehouse passport transaction', 32));
  }

  override async keep(request: PassportRequest, transaction: LoginTransaction): Promise<void> {
    const free = SLOTS.find((slot) => cookieOf(request, this.nameOf(slot)) === undefined) ?? randomInt(SLOTS.length);
    const name = this.nameOf(free);
    addCookie(request, this.line(name, this.seal(name, transaction), LIFE_SECONDS));
  }

  override async take(request: PassportRequest, state: string): Promise<LoginTransaction | undefined> {
    for (const slot of SLOTS) {
      const name = this.nameOf(slot);
      const transaction = this.open(name, cookieOf(request, name));
      if (transaction?.state !== state) continue;
      addCookie(request, this.line(name, '', 0));
      return this.isFirstTake(state) ? transaction : undefined;
    }
    return undefined;
  }

  private isFirstTake(state: string): boolean {
    const now = performance.now();
    for (const [old, untilMs] of this.taken) {
      if (untilMs > now && this.taken.size < MOST_TAKEN) break;
      this.taken.delete(old);
    }
    if (this.taken.has(state)) return false;
    this.taken.set(state, now + LIFE_SECONDS * 1000);
    return true;
  }

  private seal(name: string, transaction: LoginTransaction): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(transaction)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  private open(name: string, value: string | undefined): LoginTransaction | undefined {
    const bytes = Buffer.from(value ?? '', 'base64url');
    if (bytes.length <= 28) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(name))
        .setAuthTag(bytes.subarray(12, 28));
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
    } catch {
      return undefined;
    }
  }

  private nameOf(slot: number): string {
    return `${this.options.secure ? '__Host-' : ''}${this.options.name ?? 'azure-ad'}-${slot}`;
  }

  private line(name: string, value: string, maxAgeSeconds: number): string {
    // Lax: the return from the provider is a cross-site navigation, on which a strict cookie stays at home.
    return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${this.options.secure ? '; Secure' : ''}`;
  }
}
