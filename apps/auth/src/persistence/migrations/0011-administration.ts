import { indexRevocations } from '@gatehouse/revocation-log/sql';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

const BINARY = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** Permissions of roles, policies, who acts in whose place, and a way to find the revocations of one user. */
export class Administration1767225600011 implements MigrationInterface {
  readonly name = 'Administration1767225600011';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE roles (
          name varchar(32) ${BINARY} NOT NULL,
          permissions text ${BINARY} NOT NULL,
          built_in int NOT NULL DEFAULT '0',
          updated_at_ms bigint NOT NULL,
          PRIMARY KEY (name)
        ) ENGINE=InnoDB`,
        `CREATE TABLE policies (
          name varchar(32) ${BINARY} NOT NULL,
          version bigint NOT NULL,
          document text ${BINARY} NOT NULL,
          updated_at_ms bigint NOT NULL,
          updated_by bigint NULL,
          PRIMARY KEY (name)
        ) ENGINE=InnoDB`,
        `CREATE TABLE impersonations (
          session_id varchar(64) ${BINARY} NOT NULL,
          user_id bigint NOT NULL,
          actor_id bigint NOT NULL,
          actor_session_id varchar(64) ${BINARY} NOT NULL,
          reason varchar(200) ${BINARY} NOT NULL,
          started_at_ms bigint NOT NULL,
          expires_at_ms bigint NOT NULL,
          ended_at_ms bigint NULL,
          INDEX ix_impersonations_actor_session (actor_session_id),
          INDEX ix_impersonations_actor (actor_id),
          INDEX ix_impersonations_user (user_id),
          PRIMARY KEY (session_id)
        ) ENGINE=InnoDB`,
        ...indexRevocations.mysql,
      ],
      sqlite: [
        `CREATE TABLE "roles" (
          "name" varchar(32) PRIMARY KEY NOT NULL,
          "permissions" text NOT NULL,
          "built_in" integer NOT NULL DEFAULT (0),
          "updated_at_ms" bigint NOT NULL
        )`,
        `CREATE TABLE "policies" (
          "name" varchar(32) PRIMARY KEY NOT NULL,
          "version" bigint NOT NULL,
          "document" text NOT NULL,
          "updated_at_ms" bigint NOT NULL,
          "updated_by" bigint
        )`,
        `CREATE TABLE "impersonations" (
          "session_id" varchar(64) PRIMARY KEY NOT NULL,
          "user_id" bigint NOT NULL,
          "actor_id" bigint NOT NULL,
          "actor_session_id" varchar(64) NOT NULL,
          "reason" varchar(200) NOT NULL,
          "started_at_ms" bigint NOT NULL,
          "expires_at_ms" bigint NOT NULL,
          "ended_at_ms" bigint
        )`,
        `CREATE INDEX "ix_impersonations_actor_session" ON "impersonations" ("actor_session_id")`,
        `CREATE INDEX "ix_impersonations_actor" ON "impersonations" ("actor_id")`,
        `CREATE INDEX "ix_impersonations_user" ON "impersonations" ("user_id")`,
        ...indexRevocations.sqlite,
      ],
    });
    for (const [name, permissions] of Object.entries(BUILT_IN)) {
      await runner.query('INSERT INTO roles (name, permissions, built_in, updated_at_ms) VALUES (?, ?, 1, ?)', [
        name,
        JSON.stringify(permissions),
        DEFINED_AT_MS,
      ]);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: ['DROP TABLE impersonations', 'DROP TABLE policies', 'DROP TABLE roles', ...indexRevocations.mysqlDown],
      sqlite: ['DROP TABLE impersonations', 'DROP TABLE policies', 'DROP TABLE roles', ...indexRevocations.sqliteDown],
    });
  }
}

/** The same wherever and whenever it runs: rows that go down and up again are the same rows. */
const DEFINED_AT_MS = 1_767_225_600_000;

/** What administrators may do is fixed in the code; support sees people and their sessions, and changes nothing. */
const BUILT_IN = {
  user: [],
  admin: [],
  support: ['admin:sessions:read', 'admin:users:read'],
};
