import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

const BINARY = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

export class MailAndAccountTokens1767225600007 implements MigrationInterface {
  readonly name = 'MailAndAccountTokens1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE mail_messages (
          id bigint NOT NULL AUTO_INCREMENT,
          kind varchar(40) ${BINARY} NOT NULL,
          user_id bigint NULL,
          address varchar(254) ${BINARY} NULL,
          address_hash varchar(64) ${BINARY} NULL,
          ip_address varchar(45) ${BINARY} NULL,
          request_id varchar(128) ${BINARY} NULL,
          attempts int NOT NULL DEFAULT '0',
          created_at_ms bigint NOT NULL,
          due_at_ms bigint NOT NULL,
          finished_at_ms bigint NULL,
          outcome varchar(16) ${BINARY} NULL,
          INDEX ix_mail_messages_due (finished_at_ms, due_at_ms),
          INDEX ix_mail_messages_address (address_hash, created_at_ms),
          INDEX ix_mail_messages_user (user_id),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
        `CREATE TABLE account_tokens (
          user_id bigint NOT NULL,
          purpose varchar(24) ${BINARY} NOT NULL,
          token_hash varchar(64) ${BINARY} NOT NULL,
          address varchar(254) ${BINARY} NULL,
          expires_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_account_tokens_hash (token_hash),
          INDEX ix_account_tokens_expiry (expires_at_ms),
          PRIMARY KEY (user_id, purpose)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "mail_messages" (
          "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
          "kind" varchar(40) NOT NULL,
          "user_id" bigint,
          "address" varchar(254),
          "address_hash" varchar(64),
          "ip_address" varchar(45),
          "request_id" varchar(128),
          "attempts" integer NOT NULL DEFAULT (0),
          "created_at_ms" bigint NOT NULL,
          "due_at_ms" bigint NOT NULL,
          "finished_at_ms" bigint,
          "outcome" varchar(16)
        )`,
        `CREATE INDEX "ix_mail_messages_due" ON "mail_messages" ("finished_at_ms", "due_at_ms")`,
        `CREATE INDEX "ix_mail_messages_address" ON "mail_messages" ("address_hash", "created_at_ms")`,
        `CREATE INDEX "ix_mail_messages_user" ON "mail_messages" ("user_id")`,
        `CREATE TABLE "account_tokens" (
          "user_id" bigint NOT NULL,
          "purpose" varchar(24) NOT NULL,
          "token_hash" varchar(64) NOT NULL,
          "address" varchar(254),
          "expires_at_ms" bigint NOT NULL,
          PRIMARY KEY ("user_id", "purpose")
        )`,
        `CREATE UNIQUE INDEX "uq_account_tokens_hash" ON "account_tokens" ("token_hash")`,
        `CREATE INDEX "ix_account_tokens_expiry" ON "account_tokens" ("expires_at_ms")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mail_messages');
    await runner.query('DROP TABLE account_tokens');
  }
}
