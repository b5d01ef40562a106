import { MayBeAbsent } from '@gatehouse/nest-kit';
import { plainToInstance } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsISO8601,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  validateSync,
} from 'class-validator';
import { MAX_FOREIGN_HASH_LENGTH } from '../passwords/foreign/imported-hash.js';
import { IsEmailAddress } from '../users/is-email-address.decorator.js';
import { IsPrintable } from '../users/is-printable.decorator.js';
import type { LineFailure } from './line-failure.js';

/** One line of an import: a JSON object with these members and no others. */
export class ImportedPerson {
  @IsEmailAddress()
  email!: string;

  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  name?: string;

  /** At most those of whoever imports; `["user"]` when absent. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @Matches(/^[a-z][a-z0-9:_-]{0,63}$/, { each: true })
  roles?: string[];

  @MayBeAbsent()
  @IsBoolean()
  email_verified?: boolean;

  /** As another system made it. Without one, the person has to reset the password before the first sign-in. */
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_FOREIGN_HASH_LENGTH)
  password_hash?: string;

  /** ISO 8601. */
  @MayBeAbsent()
  @IsISO8601({ strict: true, strictSeparator: true })
  @MaxLength(40)
  created_at?: string;

  @MayBeAbsent()
  @IsBoolean()
  must_reset_password?: boolean;

  /** `true` for somebody who may not sign in. */
  @MayBeAbsent()
  @IsBoolean()
  disabled?: boolean;

  /** ISO 8601. The day the owner's wish to be forgotten is carried out. */
  @MayBeAbsent()
  @IsISO8601({ strict: true, strictSeparator: true })
  @MaxLength(40)
  erase_at?: string;
}

const MEMBERS: ReadonlySet<string> = new Set([
  'email',
  'name',
  'roles',
  'email_verified',
  'password_hash',
  'created_at',
  'must_reset_password',
  'disabled',
  'erase_at',
]);

/** Whom a line tells of, or the first thing that is wrong with it. */
export function readPerson(text: string): ImportedPerson | LineFailure {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: 'NOT_JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { code: 'NOT_JSON' };
  // Before anything is copied: `__proto__` is a member like any other to the parser, and none of ours.
  if (Object.keys(value).some((member) => !MEMBERS.has(member))) return { code: 'UNKNOWN_MEMBER' };
  // Nothing of a person is nested, and what copies and checks would follow a line of brackets down until the stack ends.
  const nested = Object.entries(value).find(([, content]) => isNested(content));
  if (nested) return { code: 'INVALID', field: nested[0] };
  const person = plainToInstance(ImportedPerson, value);
  const [fault] = validateSync(person, { forbidUnknownValues: true, stopAtFirstError: true });
  return fault ? { code: 'INVALID', field: fault.property } : person;
}

function isNested(content: unknown): boolean {
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  return Array.isArray(content) ? content.some(isObject) : isObject(content);
}
