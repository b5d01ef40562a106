import { AppError } from '@gatehouse/failures';
import type { ValidationError } from '@nestjs/common';

/** Which field broke which rule. Values stay out: a field may hold a password. */
export interface BrokenRule {
  readonly field: string;
  readonly rule: string;
}

/** The request does not have the shape the endpoint asks for. */
export class ValidationFailed extends AppError {
  readonly code = 'VALIDATION_ERROR';

  constructor(override readonly details: readonly BrokenRule[]) {
    super(`the request broke ${details.length} rules`);
  }

  static of(errors: readonly ValidationError[]): ValidationFailed {
    return new ValidationFailed(errors.flatMap((error) => brokenRules(error, '')));
  }

  /** Fields where none are taken, told as those are that a DTO does not know. */
  static ofUndeclared(fields: readonly string[]): ValidationFailed {
    return new ValidationFailed(fields.map((field) => ({ field: cut(field), rule: 'whitelistValidation' })));
  }
}

function brokenRules({ property, constraints, children }: ValidationError, parent: string): BrokenRule[] {
  const field = cut(`${parent}${property}`);
  const own = Object.keys(constraints ?? {}).map((rule) => ({ field, rule }));
  return [...own, ...(children ?? []).flatMap((child) => brokenRules(child, `${field}.`))];
}

/** A field's name comes from the client: cut it, so that an answer cannot be made to carry a megabyte. */
function cut(field: string): string {
  return field.slice(0, 100);
}
