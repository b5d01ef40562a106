import { ApiFailures } from '@gatehouse/nest-kit';
import { RequireFresh, Roles } from '@gatehouse/session-validator/nest';
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from './api-access-failures.decorator.js';

/** What a person must have to use the routes of administration. */
export const ADMIN_ROLE = 'admin';

/** How long ago, at most, an administrator proved who they are when they change something, in seconds. */
export const ADMIN_FRESH_SECONDS = 900;

/** For controllers under `/api/v1/admin`: nobody but administrators. */
export const AdminOnly = () =>
  applyDecorators(
    ApiTags('Administration'),
    ApiBearerAuth(),
    ApiAccessFailures(),
    ApiFailures('FORBIDDEN'),
    Roles(ADMIN_ROLE),
  );

/** For each of their routes that changes something: a stolen token that lay around for an hour must not do. */
export const AdminWrites = () =>
  applyDecorators(RequireFresh({ maxAgeSeconds: ADMIN_FRESH_SECONDS }), ApiFailures('STEP_UP_REQUIRED'));
