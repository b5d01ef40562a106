import type { LoginTransaction, OidcClient, SignedIn, StartOptions } from '../src/index.js';
import { OidcError } from '../src/index.js';

export const CALLBACK = 'https://app.example.test/signed-in';

/** A login as far as the browser's return, which is not handed in yet. */
export async function sentBack(
  client: OidcClient,
  options: Partial<StartOptions> = {},
): Promise<{ callback: URL; transaction: LoginTransaction }> {
  const { redirectTo, transaction } = await client.start({ redirectUri: CALLBACK, ...options });
  const answer = await fetch(redirectTo, { redirect: 'manual' });
  return { callback: new URL(answer.headers.get('location') ?? ''), transaction };
}

export async function signedIn(client: OidcClient, options?: Partial<StartOptions>): Promise<SignedIn> {
  const { callback, transaction } = await sentBack(client, options);
  return client.finish(callback, transaction);
}

/** The error that `attempt` ends with, which must be one of ours. */
export async function errorOf(attempt: Promise<unknown>): Promise<OidcError> {
  const outcome: unknown = await attempt.then(
    () => new Error('it was taken'),
    (error: unknown) => error,
  );
  if (!(outcome instanceof OidcError)) throw outcome;
  return outcome;
}

/** `kind code`, to compare in one line. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const { kind, code } = await errorOf(attempt);
  return `${kind} ${code}`;
}
