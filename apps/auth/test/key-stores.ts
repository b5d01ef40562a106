import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { SqlSigningKeyStore } from '../src/keys/adapters/sql-signing-key-store.js';
import { PrivateKeySealer } from '../src/keys/signing/sealed-private-key.js';
import type { FreshKey, KeyRevocationReason } from '../src/keys/signing/signing-key.js';
import { type KeyChange, SigningKeyStore } from '../src/keys/signing/signing-key-store.port.js';
import { databases } from './databases.js';

/** Signing keys in a SQLite file of their own, whose time is that of `clock`. */
export async function aKeyStore(clock: Clock): Promise<SigningKeyStore> {
  const [, fresh] = databases.find(([name]) => name === 'SQLite')!;
  const open = await fresh();
  return new SqlSigningKeyStore((await open()).dataSource, new PrivateKeySealer(randomBytes(32)), clock);
}

/** A store whose database can be taken away. */
export class SwitchedKeyStore extends SigningKeyStore {
  away = false;

  constructor(private readonly store: SigningKeyStore) {
    super();
  }

  override load = (patienceMs?: number) => this.ask((store) => store.load(patienceMs));
  override bootstrap = (active: FreshKey, next: FreshKey) => this.ask((store) => store.bootstrap(active, next));
  override change = (version: number, change: KeyChange) => this.ask((store) => store.change(version, change));
  override withdrawPast = (kid: string, reason: KeyRevocationReason) =>
    this.ask((store) => store.withdrawPast(kid, reason));
  override past = (limit: number) => this.ask((store) => store.past(limit));
  override withdrawn = (beforeMs: number) => this.ask((store) => store.withdrawn(beforeMs));
  override noteAnnounced = (kids: readonly string[], untilMs: number) =>
    this.ask((store) => store.noteAnnounced(kids, untilMs));
  override noteTokenLife = (seconds: number) => this.ask((store) => store.noteTokenLife(seconds));
  override announce = (settings: string) => this.ask((store) => store.announce(settings));

  private ask<T>(question: (store: SigningKeyStore) => Promise<T>): Promise<T> {
    return this.away ? Promise.reject(new DatabaseUnavailable('away')) : question(this.store);
  }
}
