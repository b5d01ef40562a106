import { Clock } from '@gatehouse/kernel';
import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { SessionLedger } from '@gatehouse/session-store/ledger';
import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SettleEnds } from '../revocations/settle-ends.js';
import { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { SessionSettings } from '../sign-in/session-settings.js';
import { UserRepository } from '../users/user-repository.port.js';
import { ChangeSession } from './change-session.js';
import { ListPastSessions } from './list-past-sessions.js';
import { ListSessions } from './list-sessions.js';
import { OneSessionController } from './one-session.controller.js';
import { RevokeSelected } from './revoke-selected.js';
import { SessionsController } from './sessions.controller.js';
import { ShowSession } from './show-session.js';
import { TerminateOthers } from './terminate-others.js';
import { TerminateSession } from './terminate-session.js';

@Module({
  controllers: [SessionsController, OneSessionController],
  providers: [
    provide(ListSessions, [SessionStore, SettleEnds]),
    provide(ListPastSessions, [SessionLedger]),
    provide(ShowSession, [SessionStore]),
    provide(ChangeSession, [SessionStore, UserRepository, SessionSettings, ConfirmOwnLimits, AuditLog, Clock]),
    provide(TerminateSession, [SessionStore, RevokeSessions, AuditLog]),
    provide(TerminateOthers, [SessionStore, RevokeSessions, AuditLog]),
    provide(RevokeSelected, [SessionStore, RevokeSessions, AuditLog]),
  ],
})
export class SessionsModule {}
