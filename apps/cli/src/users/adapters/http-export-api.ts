import { Trouble } from '../../terminal/exit-code.js';
import type { ExportApi, ExportOptions } from '../export-api.port.js';

/** For the answer to begin, in ms; how long everybody takes is another matter. */
const PATIENCE_MS = 30_000;

interface Body {
  readonly error?: { readonly code?: string };
}

/** What an answer means to whoever runs the command; the rest is told by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  TOKEN_EXPIRED: 'ADMIN_ACCESS_TOKEN has expired; sign in again',
  STEP_UP_REQUIRED: 'the sign-in behind ADMIN_ACCESS_TOKEN is too long ago for password hashes; sign in again',
  FORBIDDEN: 'ADMIN_ACCESS_TOKEN does not allow it: it takes admin:users, and with password hashes the role admin',
  DEGRADED_UNAVAILABLE: 'the auth service cannot reach its database; try again in a moment',
};

/** The route of the auth service that gives lines. */
export class HttpExportApi implements ExportApi {
  constructor(
    private readonly authUrl: string,
    private readonly accessToken: string,
  ) {}

  async everybody({ passwordHashes }: ExportOptions, stop: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), PATIENCE_MS);
    const answer = await this.ask(passwordHashes, AbortSignal.any([stop, impatience.signal]));
    clearTimeout(timer);
    if (answer.status === 200 && answer.body) return answer.body;
    const said = (await answer.json().catch(() => ({}))) as Body;
    const code = said.error?.code ?? `HTTP_${answer.status}`;
    throw new Trouble(code, ADVICE[code] ?? 'the auth service refuses the export');
  }

  private async ask(passwordHashes: boolean, signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(
        `${this.authUrl.replace(/\/+$/, '')}/api/v1/admin/users/export?password_hashes=${passwordHashes}`,
        {
          headers: { authorization: `Bearer ${this.accessToken}` },
          // The token is for this address alone.
          redirect: 'error',
          signal,
        },
      );
    } catch (cause) {
      throw new Trouble('AUTH_UNREACHABLE', 'the auth service does not answer', { cause });
    }
  }
}
