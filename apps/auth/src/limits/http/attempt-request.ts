import type { Principal } from '@gatehouse/session-validator';
import type { FastifyRequest } from 'fastify';
import { canonicalEmail, MAX_EMAIL_LENGTH } from '../../users/email-address.js';
import type { Charge, PasswordAttempt } from '../password-attempts.js';

/** A request at a route that looks at passwords, before its body has been checked. */
export interface AttemptRequest extends FastifyRequest {
  /** Set on routes that ask for a token. */
  readonly principal?: Principal;
  readonly body: { readonly email?: unknown; readonly device_token?: unknown } | null | undefined;
}

/** Whose account is meant: that of the token, else the one whose address the body names. Whatever may stand there. */
export function accountIn({ principal, body }: AttemptRequest): PasswordAttempt['account'] {
  if (principal) return { userId: principal.userId };
  const email = body?.email;
  const isAddress = typeof email === 'string' && email.length <= MAX_EMAIL_LENGTH;
  return isAddress ? { email: canonicalEmail(email) } : undefined;
}

const charges = new WeakMap<FastifyRequest, Charge>();

/** Remembers what was charged for this request. */
export function noteCharge(request: FastifyRequest, charge: Charge): void {
  charges.set(request, charge);
}

/** What was charged for this request; told once. */
export function takeCharge(request: FastifyRequest): Charge | undefined {
  const charge = charges.get(request);
  charges.delete(request);
  return charge;
}
