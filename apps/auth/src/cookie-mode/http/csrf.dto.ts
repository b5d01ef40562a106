import { ApiProperty } from '@nestjs/swagger';

/** Answer of `GET /api/v1/auth/csrf`. */
export class CsrfTokenDto {
  @ApiProperty({
    example: 'q0v9mJ2sXk4b7TzYw1cRfA.n5Kx0eW8uLqS3dHgP6oZiVtB2jMyCrE4aQfN7vXkT9U',
    description: 'Send it as `X-CSRF-Token` with whatever is to change something. Good as long as the session.',
  })
  csrf_token!: string;
}
