import { randomBytes, randomUUID } from 'node:crypto';
import type { Person } from './people.js';
import type { ProviderSession } from './provider-tokens.js';

export interface Grant {
  readonly session: ProviderSession;
  readonly scope: string;
  readonly redirectUri: string;
  readonly nonce?: string;
  readonly codeChallenge?: string;
}

interface RefreshFamily {
  readonly grant: Grant;
  ended: boolean;
}

/** Who is signed in at the provider, and what was handed out for it. */
export class ProviderSessions {
  private readonly sessions = new Map<string, ProviderSession>();
  private readonly codes = new Map<string, Grant>();
  private readonly refreshTokens = new Map<string, { family: RefreshFamily; used: boolean }>();

  open(person: Person, nowMs: number): ProviderSession {
    const session = { sid: randomUUID(), person, authTimeMs: nowMs };
    this.sessions.set(session.sid, session);
    return session;
  }

  find(sid: string): ProviderSession | undefined {
    return this.sessions.get(sid);
  }

  /** Also its refresh tokens. */
  end(sid: string): void {
    this.sessions.delete(sid);
    for (const { family } of this.refreshTokens.values()) if (family.grant.session.sid === sid) family.ended = true;
  }

  newCode(grant: Grant): string {
    const code = opaque('code');
    this.codes.set(code, grant);
    return code;
  }

  /** A code is good once (RFC 6749, section 4.1.2). */
  takeCode(code: string): Grant | undefined {
    const grant = this.codes.get(code);
    this.codes.delete(code);
    return grant;
  }

  newRefreshToken(grant: Grant, family: RefreshFamily = { grant, ended: false }): string {
    const token = opaque('refresh');
    this.refreshTokens.set(token, { family, used: false });
    return token;
  }

  /** @returns the grant and the refresh token to go on with, or undefined where it is not good. */
  refresh(token: string, rotation: 'keep' | 'replace' | 'strict'): { grant: Grant; next: string } | undefined {
    const entry = this.refreshTokens.get(token);
    if (!entry || entry.family.ended) return undefined;
    if (rotation === 'keep') return { grant: entry.family.grant, next: token };
    if (entry.used && rotation === 'strict') {
      entry.family.ended = true;
      return undefined;
    }
    entry.used = true;
    return { grant: entry.family.grant, next: this.newRefreshToken(entry.family.grant, entry.family) };
  }

  endRefreshTokensOf(person: Person): void {
    for (const { family } of this.refreshTokens.values()) {
      if (family.grant.session.person.handle === person.handle) family.ended = true;
    }
  }
}

function opaque(kind: string): string {
  return `${kind}.${randomBytes(24).toString('base64url')}`;
}
