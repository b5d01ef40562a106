import { ValidateIf } from 'class-validator';

/** The field may be left out. Unlike `@IsOptional()` it does not take `null`: a field that is sent must be of its type. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_body: object, value: unknown) => value !== undefined);
}
