import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { PolicyFactsDto, VersionToReplace } from './policy-facts.dto.js';

/**
 * A whole number between two bounds: below the lower one people, or the administrator who would set it right again, could not get in;
 * beyond the upper one nothing would be limited.
 */
const Figure = (minimum: number, maximum: number, example: number, description: string) =>
  applyDecorators(ApiProperty({ minimum, maximum, example, description }), IsInt(), Min(minimum), Max(maximum));

export class RateLimitsPolicyDto {
  @Figure(3, 1_000, 10, 'Attempts at a password per minute: of one network at one route, and at one account.')
  signin_per_minute!: number;

  @Figure(10, 10_000, 60, 'Attempts at one account from one network, per hour.')
  pair_per_hour!: number;

  @Figure(60, 1_000_000, 600, 'Other requests per minute and caller.')
  api_per_minute!: number;

  @Figure(10, 1_000_000, 300, 'Requests of one client from one network to the routes of OAuth, per minute.')
  client_per_minute!: number;

  @Figure(0, 100, 2, 'Wrong passwords for one account that cost no delay; the next costs 1 s, then 2 s, 4 s and so on.')
  signin_free_failures!: number;

  @Figure(60, 86_400, 900, 'Longest delay that wrong passwords for one account may cost, in seconds.')
  signin_delay_max_seconds!: number;
}

/** `PUT /api/v1/admin/policies/rate-limits`. */
export class SetRateLimitsPolicyRequest extends RateLimitsPolicyDto {
  @VersionToReplace() version!: number;
}

/** Answer of `GET` and `PUT /api/v1/admin/policies/rate-limits`. */
export class RateLimitsPolicyInForceDto extends PolicyFactsDto {
  @ApiProperty({ type: RateLimitsPolicyDto }) policy!: RateLimitsPolicyDto;
  @ApiProperty({ description: 'Whether anything is limited at all (`RATE_LIMIT_ENABLED`).' }) enabled!: boolean;
}
