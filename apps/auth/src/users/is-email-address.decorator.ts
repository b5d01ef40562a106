import { buildMessage, isEmail, ValidateBy, type ValidationOptions } from 'class-validator';
import { canonicalEmail, hasHiddenCharacters, MAX_EMAIL_LENGTH } from './email-address.js';

/**
 * An e-mail address, as typed and in its canonical spelling: a full-width `＠` or a letter that unfolds into three must not
 * smuggle in what would not pass plainly.
 */
export function IsEmailAddress(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isEmailAddress',
      validator: {
        validate: (value: unknown) => isEmailAddress(value),
        defaultMessage: buildMessage((prefix) => `${prefix}$property must be an e-mail address`, options),
      },
    },
    options,
  );
}

/** Whether the text is one, as typed and in its canonical spelling. */
export function isEmailAddress(value: unknown): value is string {
  // Length first: the patterns behind `isEmail` must not see a megabyte.
  if (typeof value !== 'string' || value.length > MAX_EMAIL_LENGTH || hasHiddenCharacters(value)) return false;
  const canonical = canonicalEmail(value);
  return canonical.length <= MAX_EMAIL_LENGTH && isEmail(value) && isEmail(canonical);
}
