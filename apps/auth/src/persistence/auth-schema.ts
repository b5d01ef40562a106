import { revocationEntity } from '@gatehouse/revocation-log/sql';
import type { Dialect, OpenDatabaseOptions } from '@gatehouse/sql';
import type { EntitySchema } from 'typeorm';
import { auditChainEntity } from '../audit/adapters/audit-chain.entity.js';
import { auditEventEntity } from '../audit/adapters/audit-event.entity.js';
import { auditFigureEntity } from '../audit/adapters/audit-figure.entity.js';
import { signingKeyEntity, signingKeySetEntity } from '../keys/adapters/signing-key.entity.js';
import { userEntity } from '../users/adapters/user.entity.js';
import { Users1767225600001 } from './migrations/0001-users.js';
import { SigningKeys1767225600002 } from './migrations/0002-signing-keys.js';
import { SigningKeySet1767225600003 } from './migrations/0003-signing-key-set.js';
import { AuditEvents1767225600004 } from './migrations/0004-audit-events.js';
import { Revocations1767225600005 } from './migrations/0005-revocations.js';
import { Accounts1767225600006 } from './migrations/0006-accounts.js';
import { AuditChain1767225600012 } from './migrations/0012-audit-chain.js';

/** The tables of the auth service: what they are, and how they came to be, in order. */
export const authSchema: Pick<OpenDatabaseOptions, 'entities' | 'migrations'> = {
  entities: (dialect: Dialect) =>
    [
      userEntity(dialect),
      signingKeyEntity(dialect),
      signingKeySetEntity(dialect),
      auditEventEntity(dialect),
      auditChainEntity(dialect),
      auditFigureEntity(dialect),
      revocationEntity(dialect),
    ] as unknown as EntitySchema<never>[],
  migrations: [
    Users1767225600001,
    SigningKeys1767225600002,
    SigningKeySet1767225600003,
    AuditEvents1767225600004,
    Revocations1767225600005,
    Accounts1767225600006,
    AuditChain1767225600012,
  ],
};
