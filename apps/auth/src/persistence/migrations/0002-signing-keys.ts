import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class SigningKeys1767225600002 implements MigrationInterface {
  readonly name = 'SigningKeys1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE signing_keys (
          kid varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          slot varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          public_jwk text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          sealed_private_key text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          created_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_signing_keys_slot (slot),
          PRIMARY KEY (kid)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "signing_keys" (
          "kid" varchar(64) PRIMARY KEY NOT NULL,
          "slot" varchar(16),
          "public_jwk" text NOT NULL,
          "sealed_private_key" text NOT NULL,
          "created_at_ms" bigint NOT NULL
        )`,
        `CREATE UNIQUE INDEX "uq_signing_keys_slot" ON "signing_keys" ("slot")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE signing_keys');
  }
}
