import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** Control characters and lone surrogates; neither belongs in a name, a log line or a hash. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** A text without control characters and lone surrogates. */
export function IsPrintable(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPrintable',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && !UNPRINTABLE.test(value),
        defaultMessage: buildMessage((prefix) => `${prefix}$property must not have control characters`, options),
      },
    },
    options,
  );
}
