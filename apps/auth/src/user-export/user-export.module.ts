import { provide } from '@gatehouse/nest-kit';
import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { UserRepository } from '../users/user-repository.port.js';
import { ExportUsers } from './export-users.js';
import { UserExportController } from './user-export.controller.js';

/** Our people, for another system or another Gatehouse. */
@Module({
  controllers: [UserExportController],
  providers: [provide(ExportUsers, [UserRepository, AuditLog])],
})
export class UserExportModule {}
