import { ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { ImpersonationDto } from '../../administration/impersonation/impersonation.dto.js';
import { SignedInDto } from '../../sign-in/signed-in.dto.js';
import { SteppedUpDto } from '../../step-up/step-up.dto.js';

const CSRF = {
  description: 'Of a new session; send it as `X-CSRF-Token` with whatever is to change something.',
  example: 'q0v9mJ2sXk4b7TzYw1cRfA.n5Kx0eW8uLqS3dHgP6oZiVtB2jMyCrE4aQfN7vXkT9U',
};

/** As {@link SignedInDto}, where the tokens went into cookies. */
export class CookieSignedInDto extends OmitType(SignedInDto, [
  'access_token',
  'refresh_token',
  'device_token',
  'token_type',
] as const) {
  @ApiPropertyOptional(CSRF) csrf_token?: string;
}

/** As {@link SteppedUpDto}, where the token went into a cookie. */
export class CookieSteppedUpDto extends OmitType(SteppedUpDto, ['access_token', 'token_type'] as const) {}

/** As {@link ImpersonationDto}, where the tokens went into cookies, in place of the administrator's own. */
export class CookieImpersonationDto extends OmitType(ImpersonationDto, [
  'access_token',
  'refresh_token',
  'token_type',
] as const) {
  @ApiPropertyOptional(CSRF) csrf_token?: string;
}
