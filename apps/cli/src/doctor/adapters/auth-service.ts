const WITHIN_MS = 1_500;
const MAX_BYTES = 64 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** Of the `Date` header, in ms; `undefined` without one. */
  readonly dateMs: number | undefined;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Asks the auth service; `undefined` when it does not answer in time. */
export async function askAuth(authUrl: string, path: string): Promise<HttpAnswer | undefined> {
  const url = new URL(path, authUrl.endsWith('/') ? authUrl : `${authUrl}/`);
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), WITHIN_MS);
  const beforeMs = Date.now();
  try {
    const response = await fetch(url, { redirect: 'error', signal: giveUp.signal });
    const afterMs = Date.now();
    const dateMs = Date.parse(response.headers.get('date') ?? '');
    return {
      status: response.status,
      text: await bounded(response),
      dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
      beforeMs,
      afterMs,
    };
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    giveUp.abort();
  }
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
