import { provide } from '@gatehouse/nest-kit';
import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { UserRepository } from '../users/user-repository.port.js';
import { SignUpController } from './sign-up.controller.js';
import { SignUp } from './sign-up.js';

@Module({
  controllers: [SignUpController],
  providers: [provide(SignUp, [UserRepository, PasswordPolicy, PasswordHasher, AuditLog])],
})
export class SignUpModule {}
