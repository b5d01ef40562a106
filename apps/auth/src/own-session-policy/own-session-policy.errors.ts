import { AppError } from '@gatehouse/failures';
import type { OwnSessionLimits } from '../users/user.js';

/** As the request calls them. */
const FIELDS = {
  maxSessions: 'max_sessions',
  idleSeconds: 'idle_seconds',
  absoluteSeconds: 'absolute_seconds',
} as const satisfies Record<keyof OwnSessionLimits, string>;

/** A limit is wider than the service allows, or so narrow that sessions would be of no use. Nothing has changed. */
export class OwnLimitOutOfBounds extends AppError {
  readonly code = 'VALIDATION_ERROR';
  override readonly details: readonly { readonly field: string; readonly rule: 'min' | 'max' }[];

  constructor(broken: readonly { readonly limit: keyof OwnSessionLimits; readonly rule: 'min' | 'max' }[]) {
    super('a limit is not within what can be chosen');
    this.details = broken.map(({ limit, rule }) => ({ field: FIELDS[limit], rule }));
  }
}
