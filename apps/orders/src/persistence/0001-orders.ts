import type { MigrationInterface, QueryRunner } from 'typeorm';

const text = (length: number) => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`;

const mysql = [
  `CREATE TABLE orders (sequence bigint NOT NULL AUTO_INCREMENT, id ${text(36)}, user_id bigint NOT NULL, item ${text(200)}, ` +
    `quantity int NOT NULL, note text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL, status ${text(16)}, ` +
    'created_at_ms bigint NOT NULL, UNIQUE INDEX uq_orders_id (id), INDEX ix_orders_user (user_id, sequence), ' +
    'PRIMARY KEY (sequence)) ENGINE=InnoDB',
];

const sqlite = [
  'CREATE TABLE "orders" ("sequence" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "id" varchar(36) NOT NULL, ' +
    '"user_id" bigint NOT NULL, "item" varchar(200) NOT NULL, "quantity" integer NOT NULL, "note" text, ' +
    '"status" varchar(16) NOT NULL, "created_at_ms" bigint NOT NULL)',
  'CREATE UNIQUE INDEX "uq_orders_id" ON "orders" ("id")',
  'CREATE INDEX "ix_orders_user" ON "orders" ("user_id", "sequence")',
];

/** Spelled out for each database: what has been merged must not change with any code. */
export class Orders1767225600001 implements MigrationInterface {
  name = 'Orders1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of runner.dataSource.options.type === 'mysql' ? mysql : sqlite) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders');
  }
}
