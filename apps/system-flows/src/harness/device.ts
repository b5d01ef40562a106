import { randomUUID } from 'node:crypto';
import type { AppProcess } from './app-process.js';
import { type Answer, type Ask, dataOf } from './http.js';
import type { SecretVault } from './secret-vault.js';

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** Somebody nobody has met before. */
export function somebody(): Person {
  return { email: `p-${randomUUID()}@example.test`, password: `pass ${randomUUID()}` };
}

/** What sign-in and refresh answer. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly degraded?: boolean;
}

/** One signed-in client: it keeps its tokens, and each secret it sees goes into the vault. */
export class Device {
  accessToken = '';
  refreshToken = '';
  sessionId = '';

  constructor(
    /** The auth process to ask next; requests are spread by giving one that rotates. */
    private readonly auth: () => AppProcess,
    private readonly vault: SecretVault,
  ) {}

  /** Keeps the tokens of a sign-in or a refresh. */
  keep(answer: Answer): Tokens {
    const tokens = dataOf<Tokens>(answer);
    this.accessToken = tokens.access_token;
    this.vault.add('an access token', tokens.access_token);
    if (tokens.refresh_token !== undefined) {
      this.refreshToken = tokens.refresh_token;
      this.vault.add('a refresh token', tokens.refresh_token);
    }
    this.sessionId = answer.headers['x-session-id'] ?? this.sessionId;
    return tokens;
  }

  refresh(refreshToken = this.refreshToken): Promise<Answer> {
    return this.auth().ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: refreshToken } });
  }

  signOut(): Promise<Answer> {
    return this.askAuth('/api/v1/auth/signout', { method: 'POST' });
  }

  listSessions(): Promise<Answer> {
    return this.askAuth('/api/v1/sessions');
  }

  endSession(sessionId: string): Promise<Answer> {
    return this.askAuth(`/api/v1/sessions/${sessionId}`, { method: 'DELETE' });
  }

  askAuth(path: string, options: Ask = {}): Promise<Answer> {
    return this.auth().ask(path, { token: this.accessToken, ...options });
  }

  /** Asks a service for something only signed-in people get. */
  use(service: AppProcess): Promise<Answer> {
    return service.ask('/api/orders', { token: this.accessToken });
  }
}
