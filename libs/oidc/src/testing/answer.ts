import type { ServerResponse } from 'node:http';
import { jsonText, replaced, type Lie } from './lies.js';

/** What an endpoint means to answer, before a lie is told. */
export type Answer =
  | { readonly status?: number; readonly json: Readonly<Record<string, unknown>>; readonly headers?: Headers }
  | { readonly redirectTo: string; readonly headers?: Headers }
  | { readonly status?: number; readonly html: string; readonly headers?: Headers };
type Headers = Readonly<Record<string, string>>;

export function refusal(error: string, error_description = 'scripted', status = 400): Answer {
  return { status, json: { error, error_description } };
}

/** Sends the answer as the lie bends it. */
export function send(response: ServerResponse, honest: Answer, lie: Lie): void {
  if (lie.hang) return;
  if (lie.drop) {
    response.destroy();
    return;
  }
  const answer = lie.redirectTo === undefined ? honest : { redirectTo: lie.redirectTo };
  const headers = { 'cache-control': 'no-store', ...answer.headers, ...lie.headers };
  if ('redirectTo' in answer) {
    response.writeHead(lie.status ?? 302, { ...headers, location: answer.redirectTo }).end();
    return;
  }
  const isJson = 'json' in answer;
  const body = lie.body ?? (isJson ? jsonText(replaced(answer.json, lie.members), lie.duplicates) : answer.html);
  response.writeHead(lie.status ?? answer.status ?? 200, {
    'content-type': lie.contentType ?? (isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8'),
    ...headers,
  });
  if (lie.slowBodyMs === undefined) response.end(body + ' '.repeat(lie.paddingBytes ?? 0));
  else trickle(response, body, lie.slowBodyMs);
}

function trickle(response: ServerResponse, body: string, everyMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length) response.write(body[sent++]);
    else response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
