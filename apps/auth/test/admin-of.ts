import { randomHex } from '@gatehouse/kernel';
import { canonicalEmail } from '../src/users/email-address.js';
import { UserRepository } from '../src/users/user-repository.port.js';
import type { RunningAuth } from './start-auth.js';

export const PASSWORD = 'correct horse battery';

/** Somebody who is signed in. */
export interface Person {
  readonly id: number;
  readonly email: string;
  readonly token: string;
  readonly sessionId: string;
}

/** Signs somebody up and in; with roles as a first administrator would have given them. */
export async function aPersonOf(auth: RunningAuth, roles?: readonly string[]): Promise<Person> {
  const email = `user-${randomHex(6)}@example.test`;
  await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
  const users = auth.app.get(UserRepository);
  const id = (await users.findByEmail(canonicalEmail(email)))!.id;
  if (roles) await users.change(id, { roles });
  const { body, headers } = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } });
  return { id, email, token: body.data.access_token, sessionId: headers['x-session-id']! };
}
