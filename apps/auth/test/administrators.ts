import { randomHex } from '@gatehouse/kernel';
import { RightsStore } from '../src/roles/rights-store.port.js';
import { PasswordHasher } from '../src/passwords/password-hasher.port.js';
import { canonicalEmail } from '../src/users/email-address.js';
import type { User } from '../src/users/user.js';
import { UserRepository } from '../src/users/user-repository.port.js';
import type { RunningAuth } from './start-auth.js';

export interface SignedInPerson {
  readonly user: User;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

/** Somebody with these roles, past sign-up; not signed in. */
export async function aPerson(auth: RunningAuth, roles: readonly string[] = ['user']) {
  const [email, password] = [`p-${randomHex(6)}@example.test`, `pass ${randomHex(8)}`];
  const user = await auth.app.get(UserRepository).create({
    email,
    emailCanonical: canonicalEmail(email),
    passwordHash: await auth.app.get(PasswordHasher).hash(password),
    name: null,
    roles,
    emailVerifiedAtMs: 1,
  });
  return { user, email, password };
}

/** Signs somebody in through the front door. */
export async function signIn(
  auth: RunningAuth,
  person: { readonly user: User; readonly email: string; readonly password: string },
): Promise<SignedInPerson> {
  const { email, password } = person;
  const { status, body, text } = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } });
  if (status !== 200) throw new Error(`sign-in answered ${status}: ${text}`);
  const { access_token: token, refresh_token: refreshToken, session } = body.data;
  return { ...person, token, refreshToken, sessionId: session.id };
}

/** Somebody with these roles, signed in just now. */
export async function signedIn(auth: RunningAuth, roles: readonly string[] = ['user']): Promise<SignedInPerson> {
  return signIn(auth, await aPerson(auth, roles));
}

/** A role with these permissions that nobody else has. */
export async function aRole(auth: RunningAuth, ...permissions: string[]): Promise<string> {
  const name = `r-${randomHex(6)}`;
  await auth.app.get(RightsStore).createRole(name, permissions);
  return name;
}
