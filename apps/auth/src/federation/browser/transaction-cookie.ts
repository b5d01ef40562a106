import { createHash } from 'node:crypto';
import type { LoginTransaction } from '@gatehouse/oidc';
import { cookieValues } from '../../cookie-mode/cookie-header.js';
import type { SealedNotes } from './sealed-notes.js';

/** How a sign-in that was begun in a browser is to end. */
export type Ending =
  /** Session cookies, and the way back. */
  | { readonly kind: 'cookies' }
  /** A code for the application, good once and only with what this is the hash of (as RFC 7636 S256). */
  | { readonly kind: 'code'; readonly challenge: string }
  /** Nobody signs in: whoever comes back from the provider is linked to this person. */
  | { readonly kind: 'link'; readonly userId: number; readonly sessionId: string };

/** What a browser keeps between its going to the provider and its coming back. */
export interface BrowserTransaction {
  readonly transaction: LoginTransaction;
  readonly returnTo: string;
  readonly ending: Ending;
}

/** As long as a person may take at the provider, in ms; providers' own time limits are shorter. */
export const TRANSACTION_TTL_MS = 600_000;
/** Beyond so many windows that went to a provider and never came back, all of them are given up: cookies must not fill a request. */
const MAX_OPEN = 5;

const SECURE_PREFIX = '__Host-oauth-';
/** On a developer's machine without TLS, where browsers refuse the other. */
const PLAIN_PREFIX = 'dev_oauth-';

/**
 * The cookies that bind a sign-in to the browser it was begun in: one for each window, so that two at a time do not undo each other. Sealed:
 * it holds the PKCE verifier.
 */
export class TransactionCookies {
  private readonly prefix: string;
  private readonly scope: string;

  /** @param isSecure - whether browsers reach the service over TLS */
  constructor(
    private readonly notes: SealedNotes,
    isSecure: boolean,
  ) {
    this.prefix = isSecure ? SECURE_PREFIX : PLAIN_PREFIX;
    // Lax: coming back from a provider is a link followed from elsewhere.
    this.scope = `Path=/; HttpOnly${isSecure ? '; Secure' : ''}; SameSite=Lax`;
  }

  /** @returns values of `Set-Cookie`. */
  keep(kept: BrowserTransaction, cookieHeader: string | undefined): string[] {
    const { state, startedAtMs } = kept.transaction;
    const note = this.notes.seal(kept, startedAtMs + TRANSACTION_TTL_MS);
    const open = this.namesIn(cookieHeader);
    const givenUp = open.length >= MAX_OPEN ? open.map((name) => `${name}=; ${this.scope}; Max-Age=0`) : [];
    return [...givenUp, `${this.nameFor(state)}=${note}; ${this.scope}; Max-Age=${TRANSACTION_TTL_MS / 1_000}`];
  }

  /** What was kept for this state in this browser; `undefined` when there is none, or more than one to choose from. */
  find(cookieHeader: string | undefined, state: string, nowMs: number): BrowserTransaction | undefined {
    const [note, ...others] = cookieValues(cookieHeader, this.nameFor(state));
    const kept = note === undefined || others.length > 0 ? undefined : this.notes.open(note, nowMs);
    const found = kept as BrowserTransaction | undefined;
    // Another sign-in of the same browser must not pass for this one.
    return found?.transaction.state === state ? found : undefined;
  }

  forget(state: string): string {
    return `${this.nameFor(state)}=; ${this.scope}; Max-Age=0`;
  }

  private nameFor(state: string): string {
    return this.prefix + createHash('sha256').update(state).digest('hex').slice(0, 16);
  }

  private namesIn(cookieHeader = ''): string[] {
    const names = cookieHeader.split(';').map((pair) => pair.split('=', 1)[0]?.trim() ?? '');
    return names.filter((name) => name.startsWith(this.prefix) && /^[\w-]{16,40}$/.test(name));
  }
}
