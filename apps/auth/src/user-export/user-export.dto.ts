import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';

/** Query of `GET /api/v1/admin/users/export`. */
export class ExportUsersQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description:
      'With the hashes of the passwords, so that people keep them. Takes the role `admin` and a fresh sign-in.',
  })
  @MayBeAbsent()
  @IsIn(['true', 'false'])
  password_hashes?: 'true' | 'false';
}
