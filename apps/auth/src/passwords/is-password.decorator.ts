import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** Bounds the hashing work a stranger can ask of us; not a strength rule. In UTF-16 units. */
export const MAX_PASSWORD_LENGTH = 256;

/** Lone surrogates are not text: they would all be hashed as one replacement character. */
const LONE_SURROGATE = /\p{Cs}/u;

/** A text that can be hashed as a password. Whether it is a good one, the policy decides. */
export function IsPassword(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPassword',
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' &&
          value.length > 0 &&
          value.length <= MAX_PASSWORD_LENGTH &&
          !LONE_SURROGATE.test(value),
        defaultMessage: buildMessage(
          (prefix) => `${prefix}$property must be a text of 1 to ${MAX_PASSWORD_LENGTH} characters`,
          options,
        ),
      },
    },
    options,
  );
}
