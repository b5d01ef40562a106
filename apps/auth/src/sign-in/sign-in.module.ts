import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { Module } from '@nestjs/common';
import { SignInConditions } from '../accounts/sign-in-conditions.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { RecogniseDevice } from '../devices/recognise-device.js';
import { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SettleEnds } from '../revocations/settle-ends.js';
import { GrantRights } from '../roles/grant-rights.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { UserRepository } from '../users/user-repository.port.js';
import { OpenSession } from './open-session.js';
import { SessionSettings } from './session-settings.js';
import { SignInController } from './sign-in.controller.js';
import { SignIn } from './sign-in.js';

@Module({
  controllers: [SignInController],
  providers: [
    provide(OpenSession, [SessionStore, RevokeSessions, SettleEnds, SessionSettings, ConfirmOwnLimits, AuditLog]),
    provide(SignIn, [
      UserRepository,
      PasswordHasher,
      SignInConditions,
      GrantRights,
      OpenSession,
      RecogniseDevice,
      AccessTokenIssuer,
      RefreshTokens,
      AuditLog,
      SessionSettings,
      Clock,
    ]),
  ],
  exports: [OpenSession],
})
export class SignInModule {}
