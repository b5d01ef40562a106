import { createHash, randomBytes } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { type ScriptedProvider, startScriptedProvider } from '@gatehouse/oidc/testing';
import { signedIn } from './administrators.js';
import { parseSetCookie } from './browser.js';
import { aService, tokenOf } from './oauth-world.js';
import type { Answer, RunningAuth } from './start-auth.js';

export const OAUTH = '/api/v1/auth/oauth';
export const SIGN_IN_FOR = '/api/v1/internal/federated-sign-in';
export const SIGN_OUT_FOR = '/api/v1/internal/federated-sign-out';
export const ROLES_FOR = '/api/v1/internal/federated-roles';
export const PUBLIC_URL = 'https://auth.test';
export const APP_URL = 'https://app.test';

/** What a scripted provider's relying party says of it, as a map of one entry for `IDENTITY_PROVIDERS`. */
export function providerEntry(
  name: string,
  provider: ScriptedProvider,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { [name]: { ...provider.settings(), ...more } };
}

export const HONEST = { email: 'verified' } as const;

export { startScriptedProvider, type ScriptedProvider };

/** The gateway as this service knows it: an account with the scope, and a way to ask. */
export async function aGateway(auth: RunningAuth, scopes: readonly string[] = ['federation']) {
  const { token: accessToken } = await signedIn(auth, ['user', 'admin']);
  const service = await aService(auth, { accessToken }, { name: 'Gateway', roles: [], scopes });
  const token = await tokenOf(auth, service);
  const signIn = (provider: string, idToken: string, nonce: string, more: object = {}): Promise<Answer> =>
    auth.ask('POST', SIGN_IN_FOR, {
      token,
      body: { provider, idToken, nonce, client: { ipAddress: '203.0.113.9', userAgent: 'Firefox' }, ...more },
    });
  const signOut = (body: object): Promise<Answer> => auth.ask('POST', SIGN_OUT_FOR, { token, body });
  const roles = (provider: string, idToken: string): Promise<Answer> =>
    auth.ask('POST', ROLES_FOR, { token, body: { provider, idToken } });
  return { service, token, signIn, signOut, roles };
}

export type Gateway = Awaited<ReturnType<typeof aGateway>>;

export const aNonce = () => randomBytes(32).toString('base64url');

/** Somebody who came through the gateway. */
export interface Federated {
  readonly userId: number;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: number;
  readonly refreshToken: string;
  readonly expiresAt: number;
}

/** A sign-in through the gateway that must succeed. */
export async function through(
  gateway: Gateway,
  provider: ScriptedProvider,
  given: { readonly person?: string; readonly sid?: string; readonly name?: string } & Record<string, unknown> = {},
): Promise<Federated> {
  const nonce = aNonce();
  const { name = 'entra', ...lie } = given;
  const answer = await gateway.signIn(name, provider.issueIdToken({ nonce, ...lie }), nonce);
  if (answer.status !== 200) throw new Error(`federated sign-in answered ${answer.status}: ${answer.text}`);
  return answer.body.data as Federated;
}

/** A browser with a jar, that goes to a provider and comes back. Links are followed by the test, one at a time. */
export class Wanderer {
  readonly jar = new Map<string, string>();

  constructor(
    readonly auth: RunningAuth,
    private readonly headers: Record<string, string> = { accept: 'text/html' },
  ) {}

  async go(
    method: string,
    path: string,
    given: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...this.headers, ...(cookie === '' ? {} : { cookie }), ...given.headers };
    const answer = await this.auth.ask(method, path, { ...given, headers });
    this.take([answer.headers['set-cookie'] ?? []].flat());
    return answer;
  }

  /** @param lines - values of `Set-Cookie` */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const { name, value, attributes } = parseSetCookie(line);
      if (attributes['max-age'] === '0') this.jar.delete(name);
      else this.jar.set(name, value);
    }
  }

  /** @returns where the provider is to be asked. */
  async start(provider = 'entra', query = ''): Promise<string> {
    const answer = await this.go('GET', `${OAUTH}/${provider}/start${query}`);
    if (answer.status !== 303) throw new Error(`start answered ${answer.status}: ${answer.text}`);
    return answer.headers['location'] ?? '';
  }

  /** Signs in at the provider. @returns the path and query of the way back. */
  async atProvider(location: string): Promise<string> {
    const answer = await fetch(location, { redirect: 'manual' });
    const { pathname, search } = new URL(answer.headers.get('location') ?? '');
    return `${pathname}${search}`;
  }

  back(path: string): Promise<Answer> {
    return this.go('GET', path);
  }

  /** All of it. */
  async signIn(provider = 'entra', query = ''): Promise<Answer> {
    return this.back(await this.atProvider(await this.start(provider, query)));
  }
}

/** As an application that keeps no cookies begins and ends a sign-in. */
export function anExchange() {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, query: `?code_challenge=${challenge}&code_challenge_method=S256&returnTo=/orders%3Fpage%3D2` };
}

export function codeIn(answer: Answer): string {
  return /#oauth_code=([\w-]+)$/.exec(answer.headers['location'] ?? '')?.[1] ?? '';
}

export const aHandle = () => `p-${randomHex(5)}`;
