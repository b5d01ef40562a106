import type { IncomingHttpHeaders } from 'node:http';
import { callerOf } from '../front/caller.js';
import type { Gate, Refused } from '../front/gate.js';
import { IDENTITY_HEADERS } from '../front/identity-headers.js';
import { isOwnPath } from '../front/own-paths.js';
import type { TrustedPeers } from '../front/trusted-peers.js';
import { loginPath } from '../login/login-wish.js';
import { canonicalPath, type PathRules } from '../paths/canonical-path.js';
import type { RouteTable } from '../routes/route.js';
import { originalRequest } from './original-request.js';

/** What a proxy is told about a request it asks about. */
export type ForwardAuthVerdict =
  /** Every identity header is there, empty where it has nothing to say: a proxy that copies them overwrites the client's. */
  | { readonly kind: 'pass'; readonly headers: Readonly<Record<string, string>> }
  | {
      readonly kind: 'refuse';
      readonly refused: Refused;
      /** Address to sign in at, with the way back. */
      readonly login?: string;
      /** A browser goes to a page: it may be sent there at once. */
      readonly isNavigation: boolean;
    }
  /** Whoever asks is no proxy of ours, or does not say about what. */
  | { readonly kind: 'not-asked' };

const refused = (code: Refused['code']): ForwardAuthVerdict => ({
  kind: 'refuse',
  refused: { kind: 'refuse', code, signIn: false, clearCookie: false },
  isNavigation: false,
});

/** Answers for proxies that carry the requests themselves: the same routes and rules, without the way to the upstream. */
export class ForwardAuth {
  constructor(
    private readonly gate: Gate,
    private readonly routes: () => RouteTable,
    private readonly peers: TrustedPeers,
    private readonly publicUrl: URL,
    /** Nothing is merged here: the proxy would still send two slashes. */
    private readonly paths: Pick<PathRules, 'semicolons'> = {},
  ) {}

  async run(peer: string | undefined, headers: IncomingHttpHeaders): Promise<ForwardAuthVerdict> {
    if (!this.peers.has(peer)) return { kind: 'not-asked' };
    const original = originalRequest(headers);
    if (!original) return { kind: 'not-asked' };
    const { method } = original;
    const { semicolons = 'refuse' } = this.paths;
    const target = canonicalPath(original.target, { semicolons });
    // What the proxy and its upstream might read in two ways is not judged by one of them.
    if (target.kind === 'refused' || isOwnPath(target.path)) return refused('FORBIDDEN');
    const match = this.routes().match(method, target.path);
    if (match.kind !== 'matched') return refused('FORBIDDEN');

    const { route } = match;
    const opensWebSocket = headers['sec-websocket-key'] !== undefined || headers['sec-fetch-mode'] === 'websocket';
    if (opensWebSocket && !route.webSocket) return refused('FORBIDDEN');
    const verdict = await this.gate.judge(route, { method, headers, opensWebSocket });
    if (verdict.kind === 'pass') return { kind: 'pass', headers: allOf(verdict.identity) };
    const isNavigation = callerOf(method, headers) === 'navigation';
    if (!verdict.signIn && !verdict.stepUp) return { kind: 'refuse', refused: verdict, isNavigation };
    const returnTo = isNavigation ? target.path + target.query : undefined;
    const login = loginPath({ provider: route.provider, ...verdict.stepUp, returnTo });
    return { kind: 'refuse', refused: verdict, login: new URL(login, this.publicUrl).href, isNavigation };
  }
}

function allOf(identity: readonly (readonly [name: string, value: string])[]): Record<string, string> {
  const headers = Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, '']));
  for (const [name, value] of identity) headers[name] = value;
  return headers;
}
