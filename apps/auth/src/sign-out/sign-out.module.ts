import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { Module } from '@nestjs/common';
import { OwnTokens } from '../access/own-tokens.js';
import { SessionPresence } from '../access/session-presence.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { RecogniseLeaver } from './recognise-leaver.js';
import { SignOutController } from './sign-out.controller.js';
import { SessionElsewhere } from './session-elsewhere.js';
import { SignOut } from './sign-out.js';

@Module({
  controllers: [SignOutController],
  providers: [
    provide(RecogniseLeaver, [OwnTokens, SessionValidator, SessionPresence, SessionStore, RefreshTokens]),
    provide(SignOut, [SessionStore, RevokeSessions, RefreshTokens, AuditLog]),
    provide(SessionElsewhere, []),
  ],
  exports: [SessionElsewhere],
})
export class SignOutModule {}
