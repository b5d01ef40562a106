import { ApiFailures } from '@gatehouse/nest-kit';
import { RequireFresh } from '@gatehouse/session-validator/nest';
import { applyDecorators } from '@nestjs/common';

/** How long ago, at most, somebody proved who they are when they do what cannot be undone, in seconds. */
export const FRESH_SECONDS = 900;

/** For what a stolen token that lay around must not do. */
export const AsksFreshSignIn = () =>
  applyDecorators(RequireFresh({ maxAgeSeconds: FRESH_SECONDS }), ApiFailures('STEP_UP_REQUIRED'));
