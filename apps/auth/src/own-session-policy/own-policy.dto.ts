import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min, ValidateIf } from 'class-validator';
import { LONGEST_SESSION_SECONDS } from '../config/sessions.fields.js';
import type { OwnSessionLimits } from '../users/user.js';
import type { ChangedOwnPolicy } from './change-own-policy.js';
import type { OwnPolicy } from './show-own-policy.js';

const MOST_SESSIONS = 1_000;

/** A whole number, `null`, or nothing. The bounds proper are the service's to say, and change while it runs. */
const Choice = (maximum: number, example: number, description: string) =>
  applyDecorators(
    ApiPropertyOptional({ type: 'integer', nullable: true, minimum: 1, maximum, example, description }),
    ValidateIf((_body: object, value: unknown) => value !== undefined && value !== null),
    IsInt(),
    Min(1),
    Max(maximum),
  );

/** `PATCH /api/v1/auth/me/session-policy`. What is absent stays, `null` takes a choice back. */
export class ChangeOwnPolicyRequest {
  @Choice(MOST_SESSIONS, 2, 'Sessions you may have at a time; counts with the next sign-in.')
  max_sessions?: number | null;

  @Choice(
    LONGEST_SESSION_SECONDS,
    3_600,
    'A session of yours ends when untouched this long, also one that is remembered.',
  )
  idle_seconds?: number | null;

  @Choice(LONGEST_SESSION_SECONDS, 86_400, 'It ends this long after sign-in, also one that is remembered.')
  absolute_seconds?: number | null;
}

export class OwnChoiceDto {
  @ApiProperty({ type: 'integer', nullable: true, example: 2 }) max_sessions!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: 3600 }) idle_seconds!: number | null;
  @ApiProperty({ type: 'integer', nullable: true, example: null }) absolute_seconds!: number | null;
}

export class OwnLimitBoundsDto {
  @ApiProperty({ type: 'integer', example: 900 }) min!: number;
  @ApiProperty({ type: 'integer', example: 86400, description: 'What the service allows anybody.' }) max!: number;
}

export class OwnBoundsDto {
  @ApiProperty({ type: OwnLimitBoundsDto }) max_sessions!: OwnLimitBoundsDto;
  @ApiProperty({ type: OwnLimitBoundsDto }) idle_seconds!: OwnLimitBoundsDto;
  @ApiProperty({ type: OwnLimitBoundsDto }) absolute_seconds!: OwnLimitBoundsDto;
}

export class OwnPolicyInForceDto {
  @ApiProperty({ type: 'integer', example: 2 }) max_sessions!: number;
  @ApiProperty({ type: 'integer', example: 3600 }) idle_seconds!: number;
  @ApiProperty({ type: 'integer', example: 604800 }) absolute_seconds!: number;
  @ApiProperty({
    type: 'integer',
    example: 2592000,
    description: 'In the place of `absolute_seconds` after a sign-in with "remember me".',
  })
  remember_me_seconds!: number;
}

/** Answer of `GET /api/v1/auth/me/session-policy`. */
export class OwnPolicyDto {
  @ApiProperty({ type: OwnChoiceDto, description: 'What you chose; `null` where you leave it to the service.' })
  choice!: OwnChoiceDto;
  @ApiProperty({ type: OwnBoundsDto, description: 'What can be chosen right now.' }) bounds!: OwnBoundsDto;
  @ApiProperty({
    type: OwnPolicyInForceDto,
    description: 'Of your choice and what the service allows, the narrower: what your next session gets.',
  })
  in_force!: OwnPolicyInForceDto;
}

/** Answer of `PATCH /api/v1/auth/me/session-policy`. */
export class ChangedOwnPolicyDto extends OwnPolicyDto {
  @ApiProperty({ type: 'integer', example: 1, description: 'Open sessions that were over by it, and have ended.' })
  terminated_count!: number;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: '`null` when there was none to end.' })
  revocation_id!: string | null;
}

/** @returns what the body says, and nothing of what it leaves out. */
export function chosenIn(body: ChangeOwnPolicyRequest): Partial<OwnSessionLimits> {
  const { max_sessions: maxSessions, idle_seconds: idleSeconds, absolute_seconds: absoluteSeconds } = body;
  return {
    ...(maxSessions === undefined ? {} : { maxSessions }),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(absoluteSeconds === undefined ? {} : { absoluteSeconds }),
  };
}

export function toChoiceDto({ maxSessions, idleSeconds, absoluteSeconds }: OwnSessionLimits): OwnChoiceDto {
  return { max_sessions: maxSessions, idle_seconds: idleSeconds, absolute_seconds: absoluteSeconds };
}

export function toOwnPolicyDto({ choice, bounds, inForce }: OwnPolicy): OwnPolicyDto {
  return {
    choice: toChoiceDto(choice),
    bounds: {
      max_sessions: { ...bounds.maxSessions },
      idle_seconds: { ...bounds.idleSeconds },
      absolute_seconds: { ...bounds.absoluteSeconds },
    },
    in_force: {
      max_sessions: inForce.maxSessions,
      idle_seconds: inForce.idleSeconds,
      absolute_seconds: inForce.absoluteSeconds,
      remember_me_seconds: inForce.rememberMeSeconds,
    },
  };
}

export function toChangedDto(
  policy: OwnPolicy,
  { endedCount, revocationId }: Pick<ChangedOwnPolicy, 'endedCount' | 'revocationId'>,
): ChangedOwnPolicyDto {
  return { ...toOwnPolicyDto(policy), terminated_count: endedCount, revocation_id: revocationId };
}
