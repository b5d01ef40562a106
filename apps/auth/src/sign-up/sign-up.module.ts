import { provide } from '@gatehouse/nest-kit';
import { Module } from '@nestjs/common';
import { AccountSettings } from '../accounts/account-settings.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { Post } from '../mail/post.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { UserRepository } from '../users/user-repository.port.js';
import { SignUpStatusInterceptor } from './sign-up-status.interceptor.js';
import { SignUpController } from './sign-up.controller.js';
import { SignUp } from './sign-up.js';

@Module({
  controllers: [SignUpController],
  providers: [
    SignUpStatusInterceptor,
    provide(SignUp, [UserRepository, PasswordPolicy, PasswordHasher, Post, AuditLog, AccountSettings]),
  ],
})
export class SignUpModule {}
