import { buildMessage, isISO8601, ValidateBy, type ValidationOptions } from 'class-validator';

/** Without its zone a time would be read in that of the server. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A moment in ISO 8601, zone and all: `2026-01-15T10:30:00Z`. */
export function IsInstant(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isInstant',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && INSTANT.test(value) && isISO8601(value, { strict: true }),
        defaultMessage: buildMessage(
          (prefix) => `${prefix}$property must be a time such as 2026-01-15T10:30:00Z`,
          options,
        ),
      },
    },
    options,
  );
}
