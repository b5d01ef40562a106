import { revocationEntity } from '@gatehouse/revocation-log/sql';
import { sessionLedgerEntity } from '@gatehouse/session-store/sql';
import type { Dialect, OpenDatabaseOptions } from '@gatehouse/sql';
import type { EntitySchema } from 'typeorm';
import { auditChainEntity } from '../audit/adapters/audit-chain.entity.js';
import { accountTokenEntity } from '../accounts/tokens/adapters/account-token.entity.js';
import { auditEventEntity } from '../audit/adapters/audit-event.entity.js';
import { auditFigureEntity } from '../audit/adapters/audit-figure.entity.js';
import {
  endedProviderSessionEntity,
  federatedSessionEntity,
  identityEntity,
} from '../federation/identities/adapters/identity.entity.js';
import { deviceEntity } from '../devices/adapters/device.entity.js';
import { pastSigningKeyEntity } from '../keys/adapters/past-signing-key.entity.js';
import { signingKeyEntity, signingKeySetEntity } from '../keys/adapters/signing-key.entity.js';
import { mailMessageEntity } from '../mail/adapters/mail-message.entity.js';
import { userImportEntity } from '../user-import/adapters/user-import.entity.js';
import { impersonationEntity } from '../administration/impersonation/adapters/impersonation.entity.js';
import { policyEntity } from '../administration/policies/adapters/policy.entity.js';
import { roleEntity } from '../roles/adapters/role.entity.js';
import { usedAssertionEntity } from '../oauth/clients/adapters/used-assertion.entity.js';
import { serviceAccountEntity } from '../service-accounts/adapters/service-account.entity.js';
import { securityEventCursorEntity, securityEventEntity } from '../security-events/adapters/security-event.entity.js';
import { userEntity } from '../users/adapters/user.entity.js';
import { Users1767225600001 } from './migrations/0001-users.js';
import { SigningKeys1767225600002 } from './migrations/0002-signing-keys.js';
import { SigningKeySet1767225600003 } from './migrations/0003-signing-key-set.js';
import { AuditEvents1767225600004 } from './migrations/0004-audit-events.js';
import { Revocations1767225600005 } from './migrations/0005-revocations.js';
import { Accounts1767225600006 } from './migrations/0006-accounts.js';
import { MailAndAccountTokens1767225600007 } from './migrations/0007-mail-and-account-tokens.js';
import { Devices1767225600008 } from './migrations/0008-devices.js';
import { KeyLives1767225600009 } from './migrations/0009-key-lives.js';
import { ServiceAccounts1767225600010 } from './migrations/0010-service-accounts.js';
import { Administration1767225600011 } from './migrations/0011-administration.js';
import { AuditChain1767225600012 } from './migrations/0012-audit-chain.js';
import { SessionLedger1767225600013 } from './migrations/0013-session-ledger.js';
import { UserImports1767225600014 } from './migrations/0014-user-imports.js';
import { RunOutImpersonations1767225600015 } from './migrations/0015-run-out-impersonations.js';
import { Identities1767225600016 } from './migrations/0016-identities.js';
import { SecurityEvents1767225600017 } from './migrations/0017-security-events.js';
import { OwnSessionLimits1767225600018 } from './migrations/0018-own-session-limits.js';

/** The tables of the auth service: what they are, and how they came to be, in order. */
export const authSchema: Pick<OpenDatabaseOptions, 'entities' | 'migrations'> = {
  entities: (dialect: Dialect) =>
    [
      userEntity(dialect),
      userImportEntity(dialect),
      mailMessageEntity(dialect),
      accountTokenEntity(dialect),
      deviceEntity(dialect),
      identityEntity(dialect),
      federatedSessionEntity(dialect),
      endedProviderSessionEntity(dialect),
      serviceAccountEntity(dialect),
      usedAssertionEntity(dialect),
      signingKeyEntity(dialect),
      signingKeySetEntity(dialect),
      pastSigningKeyEntity(dialect),
      auditEventEntity(dialect),
      auditChainEntity(dialect),
      auditFigureEntity(dialect),
      revocationEntity(dialect),
      sessionLedgerEntity(dialect),
      roleEntity(dialect),
      policyEntity(dialect),
      impersonationEntity(dialect),
      securityEventEntity(dialect),
      securityEventCursorEntity(dialect),
    ] as unknown as EntitySchema<never>[],
  migrations: [
    Users1767225600001,
    SigningKeys1767225600002,
    SigningKeySet1767225600003,
    AuditEvents1767225600004,
    Revocations1767225600005,
    Accounts1767225600006,
    MailAndAccountTokens1767225600007,
    Devices1767225600008,
    KeyLives1767225600009,
    ServiceAccounts1767225600010,
    Administration1767225600011,
    AuditChain1767225600012,
    SessionLedger1767225600013,
    UserImports1767225600014,
    RunOutImpersonations1767225600015,
    Identities1767225600016,
    SecurityEvents1767225600017,
    OwnSessionLimits1767225600018,
  ],
};
