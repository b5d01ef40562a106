import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { ValidateBy, type ValidationArguments } from 'class-validator';

/** The value is one its scope can have: a revocation of nothing would be acknowledged and protect nobody. */
export function FitsScope(): PropertyDecorator {
  return ValidateBy({
    name: 'fitsScope',
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        typeof value === 'string' && fits((args?.object as { scope?: unknown } | undefined)?.scope, value),
      defaultMessage: () => 'value is not one of this scope',
    },
  });
}

function fits(scope: unknown, value: string): boolean {
  if (scope === 'sid') return SESSION_ID_PATTERN.test(value);
  if (scope === 'sub') return /^[1-9]\d{0,14}$/.test(value);
  if (scope === 'before') return value === '*';
  return value !== '*';
}
