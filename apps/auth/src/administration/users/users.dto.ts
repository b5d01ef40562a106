import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, Matches, MaxLength, MinLength } from 'class-validator';
import { IsPassword, MAX_PASSWORD_LENGTH } from '../../passwords/is-password.decorator.js';
import { ROLE_NAME_PATTERN } from '../../roles/permissions.js';
import { MAX_EMAIL_LENGTH } from '../../users/email-address.js';
import { IsEmailAddress } from '../../users/is-email-address.decorator.js';
import { IsPrintable } from '../../users/is-printable.decorator.js';
import type { User } from '../../users/user.js';
import { PageQuery } from '../page-query.dto.js';

const MAX_ROLES = 20;
const ROLES = { type: [String] as [StringConstructor], example: ['user', 'support'], maxItems: MAX_ROLES };
const INSTANT = { type: String, format: 'date-time', nullable: true } as const;

/** Query of `GET /api/v1/admin/users`. */
export class UserListQuery extends PageQuery {
  @ApiPropertyOptional({ maxLength: MAX_EMAIL_LENGTH, description: 'What the address begins with.' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(MAX_EMAIL_LENGTH)
  @IsPrintable()
  email?: string;
}

/** `POST /api/v1/admin/users`. */
export class CreateUserRequest {
  @ApiProperty({ format: 'email', maxLength: MAX_EMAIL_LENGTH, example: 'user@example.com' })
  @IsEmailAddress()
  email!: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MAX_PASSWORD_LENGTH,
    format: 'password',
    description: 'Without it the person has to reset it before the first sign-in.',
  })
  @MayBeAbsent()
  @IsPassword()
  password?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Ada Lovelace' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  name?: string;

  @ApiPropertyOptional({ ...ROLES, description: '`["user"]` when absent.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_ROLES)
  @ArrayUnique()
  @Matches(ROLE_NAME_PATTERN, { each: true, message: 'each role is a name of one' })
  roles?: string[];
}

/** `PATCH /api/v1/admin/users/:id`. What is left out stays. */
export class ChangeUserRequest {
  @ApiPropertyOptional({ ...ROLES, description: 'All roles from now on.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_ROLES)
  @ArrayUnique()
  @Matches(ROLE_NAME_PATTERN, { each: true, message: 'each role is a name of one' })
  roles?: string[];

  @ApiPropertyOptional({
    description: '`true` ends all sessions and lets nobody in; `false` lets the person in again.',
  })
  @MayBeAbsent()
  @IsBoolean()
  disabled?: boolean;

  @ApiPropertyOptional({ description: '`true` ends all sessions; no sign-in until the password has been reset.' })
  @MayBeAbsent()
  @IsBoolean()
  demand_password_reset?: boolean;

  @ApiPropertyOptional({
    description: '`true` ends the delay that wrong passwords have brought upon the account; those to come count anew.',
  })
  @MayBeAbsent()
  @IsBoolean()
  unlock?: boolean;
}

export class AdministeredUserDto {
  @ApiProperty({ example: 456 }) id!: number;
  @ApiProperty({ example: 'user@example.com' }) email!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' }) name!: string | null;
  @ApiProperty({ type: [String], example: ['user'] }) roles!: string[];
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty({ ...INSTANT, description: '`null` unless the account is disabled.' }) disabled_at!: string | null;
  @ApiProperty({ ...INSTANT, description: '`null` while the address is unproven.' }) email_verified_at!: string | null;
  @ApiProperty({ ...INSTANT, description: '`null` while the first password holds, or there is none.' })
  password_changed_at!: string | null;
  @ApiProperty() must_reset_password!: boolean;
  @ApiProperty({ ...INSTANT, description: 'When it will be erased, at its owner’s wish.' }) erase_at!: string | null;
}

/** Answer of `GET /api/v1/admin/users`. */
export class UserListDto {
  @ApiProperty({ type: [AdministeredUserDto], description: 'In the order of their ids.' })
  users!: AdministeredUserDto[];
  @ApiProperty({ type: String, nullable: true, description: 'Send it as `cursor` for more; `null` at the end.' })
  next_cursor!: string | null;
}

export class OneUserDto {
  @ApiProperty({ type: AdministeredUserDto }) user!: AdministeredUserDto;
}

/** Answer of `PATCH`. */
export class ChangedUserDto extends OneUserDto {
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Names the revocation of the old tokens; `null` when nothing changed.',
  })
  revocation_id!: string | null;
}

/** Answer of `DELETE`. */
export class RemovedUserDto {
  @ApiProperty({ enum: [true] }) removed!: true;
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
}

export function toAdministeredUserDto(user: User): AdministeredUserDto {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    roles: [...user.roles],
    created_at: new Date(user.createdAtMs).toISOString(),
    disabled_at: instant(user.disabledAtMs),
    email_verified_at: instant(user.emailVerifiedAtMs),
    password_changed_at: instant(user.passwordChangedAtMs),
    must_reset_password: user.mustResetPassword,
    erase_at: instant(user.eraseAtMs),
  };
}

const instant = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
