import { FEED_START } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { FeedLog } from '@gatehouse/revocation-log';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { UserRepository } from '../src/users/user-repository.port.js';
import type { Answer, RunningAuth } from './start-auth.js';

export const TOKEN = '/api/v1/auth/token';
export const INTROSPECT = '/api/v1/auth/introspect';
export const REVOKE = '/api/v1/auth/revoke';
export const ACCOUNTS = '/api/v1/admin/service-accounts';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const PASSWORD = 'correct horse battery staple';

/** Somebody who has just signed in. */
export interface SignedIn {
  readonly userId: number;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

/** A service account as its service knows it. */
export interface KnownService {
  readonly clientId: string;
  readonly secret: string;
}

/** Sends a form, with the client's secret in the way most clients do. */
export function sendForm(
  auth: RunningAuth,
  path: string,
  parameters: Record<string, string> | string,
  { as, headers = {} }: { as?: KnownService | undefined; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const body = typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString();
  const authorization: Record<string, string> = as ? { authorization: basic(as.clientId, as.secret) } : {};
  return auth.ask('POST', path, { headers: { ...FORM, ...authorization, ...headers }, body });
}

export function basic(clientId: string, secret: string): string {
  const text = [clientId, secret].map(encodeURIComponent).join(':');
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

/** A person with these roles, once the service can tell what a token is worth. */
export async function signIn(auth: RunningAuth, roles: readonly string[] = ['user']): Promise<SignedIn> {
  await auth.app.get(SessionValidator).ready();
  const email = `${randomHex(8)}@example.test`;
  const { body } = await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
  const userId = body.data.user.id as number;
  await auth.app.get(UserRepository).change(userId, { roles });
  const answer = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } });
  const { access_token: accessToken, refresh_token: refreshToken } = answer.body.data;
  return { userId, accessToken, refreshToken, sessionId: answer.headers['x-session-id'] as string };
}

/** Makes a service account as an administrator does. */
export async function aService(
  auth: RunningAuth,
  admin: Pick<SignedIn, 'accessToken'>,
  given: Record<string, unknown> = {},
): Promise<KnownService> {
  const body = { name: 'Reports', roles: ['reporter'], scopes: ['orders:read', 'orders:write'], ...given };
  const answer = await auth.ask('POST', ACCOUNTS, { token: admin.accessToken, body });
  if (answer.status !== 201) throw new Error(`no service account: ${answer.text}`);
  const { service_account: account, client_secret: secret } = answer.body.data;
  return { clientId: account.client_id as string, secret: secret as string };
}

/** A token of the service’s own. */
export async function tokenOf(auth: RunningAuth, service: KnownService, more: Record<string, string> = {}) {
  const answer = await sendForm(auth, TOKEN, { grant_type: 'client_credentials', ...more }, { as: service });
  if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
  return answer.body.access_token as string;
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** The scopes of all entries of the feed that are about this value. */
export async function entriesOf(auth: RunningAuth, value: string): Promise<string[]> {
  const records = await auth.app.get(FeedLog).readAfter(FEED_START, 100_000);
  return records.flatMap(({ entry }) => (entry?.value === value ? [entry.scope] : []));
}
