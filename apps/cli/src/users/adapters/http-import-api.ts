import type { Batch } from '../batches.js';
import type { ImportAnswer, ImportApi, ImportedPart } from '../import-api.port.js';
import type { ImportOptions } from '../import-file.js';

const PATIENCE_MS = 30_000;
const MAY_PASS = new Set([408, 429, 502, 503, 504]);

interface Body {
  readonly data?: ImportedPart;
  readonly error?: { readonly code?: string };
}

/** What an answer means to whoever runs the command; the rest is told by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  TOKEN_EXPIRED: 'ADMIN_ACCESS_TOKEN has expired; sign in again and go on from there',
  STEP_UP_REQUIRED: 'the sign-in behind ADMIN_ACCESS_TOKEN is too long ago; sign in again and go on from there',
  FORBIDDEN: 'ADMIN_ACCESS_TOKEN is not that of an administrator',
  NOT_FOUND: 'no import of yours goes by this id, or the auth service knows no imports',
};

/** The route of the auth service that takes lines. */
export class HttpImportApi implements ImportApi {
  constructor(
    private readonly authUrl: string,
    private readonly accessToken: string,
  ) {}

  async send({ firstLine, body }: Batch, options: ImportOptions, stop: AbortSignal): Promise<ImportAnswer> {
    const query = new URLSearchParams({
      import_id: options.importId,
      on_conflict: options.onConflict,
      dry_run: String(options.dryRun),
      first_line: String(firstLine),
    });
    try {
      const answer = await fetch(`${this.authUrl.replace(/\/+$/, '')}/api/v1/admin/users/import?${query.toString()}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${this.accessToken}` },
        body: new Uint8Array(body),
        // The token and the hashes are for this address alone.
        redirect: 'error',
        signal: AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)]),
      });
      const said = (await answer.json().catch(() => ({}))) as Body;
      if (answer.status === 200 && said.data) return { kind: 'taken', part: said.data };
      const code = said.error?.code ?? `HTTP_${answer.status}`;
      if (!MAY_PASS.has(answer.status)) {
        return { kind: 'refused', code, message: ADVICE[code] ?? 'the auth service refuses the import' };
      }
      const retryAfter = Number(answer.headers.get('retry-after'));
      return { kind: 'away', why: code, ...(retryAfter > 0 ? { retryAfterMs: retryAfter * 1_000 } : {}) };
    } catch {
      return { kind: 'away', why: 'no answer' };
    }
  }
}
