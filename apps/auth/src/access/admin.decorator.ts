import { ApiFailures } from '@gatehouse/nest-kit';
import { RequireFresh, Roles } from '@gatehouse/session-validator/nest';
import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ADMIN_ROLE, type AdminPermission } from '../roles/permissions.js';
import { ApiAccessFailures } from './api-access-failures.decorator.js';
import { StandingGuard } from './standing.guard.js';

export { ADMIN_ROLE };

export const ADMINISTRATION = 'auth:administration';

/** How long ago, at most, an administrator proved who they are when they change something, in seconds. */
export const ADMIN_FRESH_SECONDS = 900;

/**
 * For controllers under `/api/v1/admin`. Never for a session that acts in somebody's place.
 *
 * @param permission - what its holder may see and change; with `:read` behind it, only see (GET). Without it: nobody but
 *   holders of the role `admin`.
 */
export const AdminOnly = (permission?: AdminPermission) =>
  applyDecorators(
    ApiTags('Administration'),
    ApiBearerAuth(),
    ApiAccessFailures(),
    ApiFailures('FORBIDDEN'),
    SetMetadata(ADMINISTRATION, permission ?? ADMIN_ROLE),
    ...(permission === undefined ? [Roles(ADMIN_ROLE)] : []),
  );

/** For each of their routes that changes something: a stolen token that lay around for an hour must not do. */
export const AdminWrites = () =>
  applyDecorators(
    RequireFresh({ maxAgeSeconds: ADMIN_FRESH_SECONDS }),
    UseGuards(StandingGuard),
    ApiFailures('STEP_UP_REQUIRED'),
  );
