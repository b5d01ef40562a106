import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `mail_messages`. What names a person is cleared once the message is done with. */
export interface MailMessageRow {
  id: number;
  kind: string;
  userId: number | null;
  address: string | null;
  /** SHA-256 of the canonical address, hex; what the limit per address counts. */
  addressHash: string | null;
  ipAddress: string | null;
  requestId: string | null;
  attempts: number;
  createdAtMs: number;
  /** Not before then. Whoever takes the message moves it on, which keeps others away. */
  dueAtMs: number;
  finishedAtMs: number | null;
  outcome: string | null;
}

export function mailMessageEntity(dialect: Dialect): EntitySchema<MailMessageRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<MailMessageRow>({
    name: 'MailMessage',
    tableName: 'mail_messages',
    columns: {
      id: types.id,
      kind: { name: 'kind', ...types.string(40) },
      userId: { name: 'user_id', ...types.bigint, nullable: true },
      address: { name: 'address', ...types.string(254), nullable: true },
      addressHash: { name: 'address_hash', ...types.string(64), nullable: true },
      ipAddress: { name: 'ip_address', ...types.string(45), nullable: true },
      requestId: { name: 'request_id', ...types.string(128), nullable: true },
      attempts: { name: 'attempts', ...types.integer, default: 0 },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      dueAtMs: { name: 'due_at_ms', ...types.bigint },
      finishedAtMs: { name: 'finished_at_ms', ...types.bigint, nullable: true },
      outcome: { name: 'outcome', ...types.string(16), nullable: true },
    },
    indices: [
      { name: 'ix_mail_messages_due', columns: ['finishedAtMs', 'dueAtMs'] },
      { name: 'ix_mail_messages_address', columns: ['addressHash', 'createdAtMs'] },
      { name: 'ix_mail_messages_user', columns: ['userId'] },
    ],
  });
}
