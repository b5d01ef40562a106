import { provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SettleEnds } from '../revocations/settle-ends.js';
import { ListSessions } from './list-sessions.js';
import { SessionsController } from './sessions.controller.js';
import { TerminateOthers } from './terminate-others.js';
import { TerminateSession } from './terminate-session.js';

@Module({
  controllers: [SessionsController],
  providers: [
    provide(ListSessions, [SessionStore, SettleEnds]),
    provide(TerminateSession, [SessionStore, RevokeSessions, AuditLog]),
    provide(TerminateOthers, [SessionStore, RevokeSessions, AuditLog]),
  ],
})
export class SessionsModule {}
