import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { UserRepository } from '../users/user-repository.port.js';
import { StepUpController } from './step-up.controller.js';
import { StepUp } from './step-up.js';

@Module({
  controllers: [StepUpController],
  providers: [provide(StepUp, [UserRepository, PasswordHasher, SessionStore, AccessTokenIssuer, AuditLog, Clock])],
})
export class StepUpModule {}
