import type { ForwardPlan } from '../forward.port.js';
import { listedByConnection } from './connection-tokens.js';
import { setsOwnCookie } from './cookies.js';
import { via } from './forwarding.js';
import { textOf, type RawHeaders } from './raw-headers.js';

/** `Alt-Svc` names other ways to the upstream, not to us; `X-Accel-*` are orders to a proxy in front of us. */
const DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'alt-svc',
  'x-accel-redirect',
  'x-sendfile',
  'x-request-id',
]);

/** What the answer is for, beside the plan. */
export interface AnswerFacts {
  readonly status: number;
  /** Origin that was asked, `http://orders-1:8081`. */
  readonly origin: string;
}

/**
 * The headers a client gets: the upstream's without what is about its connection to us, without anything that would touch our
 * own cookies, and then ours.
 *
 * @returns name, value, name, value … for `writeHead`
 */
export function responseHeaders(raw: RawHeaders, plan: ForwardPlan, facts: AnswerFacts): string[] {
  const headers: string[] = [];
  let listed: ReadonlySet<string> | undefined;
  let before: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = textOf(raw[at]);
    const value = textOf(raw[at + 1]);
    const lower = name.toLowerCase();
    if (DROPPED.has(lower)) {
      if (lower === 'connection') listed = merged(listed, value);
      continue;
    }
    if (lower === 'via') {
      before = before ? `${before}, ${value}` : value;
      continue;
    }
    const kept = judged(lower, value, plan, facts);
    if (kept !== undefined) headers.push(name, kept);
  }
  const answer = listed && listed.size > 0 ? without(headers, listed) : headers;
  answer.push('via', via('1.1', before), 'x-request-id', plan.requestId);
  for (const [name, value] of plan.responseHeaders ?? []) answer.push(name, value);
  return answer;
}

/** @returns the value to send, undefined to leave the header out */
function judged(name: string, value: string, plan: ForwardPlan, { status, origin }: AnswerFacts): string | undefined {
  switch (name) {
    case 'set-cookie':
      return setsOwnCookie(value, plan.ownCookies) ? undefined : value;
    case 'clear-site-data':
      // Ours among them: whoever wants to sign somebody out asks us to.
      return /cookies|\*/i.test(value) ? undefined : value;
    case 'content-length':
      return status === 204 ? undefined : value;
    case 'location':
    case 'content-location':
      return isOf(origin, value) ? publicAddress(value.slice(origin.length), plan) : value;
    default:
      return value;
  }
}

function isOf(origin: string, address: string): boolean {
  return (
    address.startsWith(origin) && (address.length === origin.length || '/?#'.includes(address[origin.length] as string))
  );
}

/** An upstream that builds addresses from its own name would send browsers where they cannot go. */
function publicAddress(rest: string, { client, route }: ForwardPlan): string {
  return `${client.proto}://${client.host}${route.stripPrefix ?? ''}${rest}`;
}

function merged(before: ReadonlySet<string> | undefined, value: string): ReadonlySet<string> {
  const listed = listedByConnection(value);
  return before ? new Set([...before, ...listed]) : listed;
}

/** `Content-Length` frames the message and `Set-Cookie` repeats: neither is an upstream's to hide from us. */
function without(headers: readonly string[], listed: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    if (!listed.has(name) || name === 'content-length') kept.push(headers[at] as string, headers[at + 1] as string);
  }
  return kept;
}
