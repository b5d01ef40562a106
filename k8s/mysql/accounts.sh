#!/bin/bash
# Run once by the image of MySQL, on an empty data folder: two databases, and an account for each job with no more than it needs.
# By hand, or against a server that is there: SECRETS=/run/secrets MYSQL="mysql -h db -u root -p" docker/mysql/accounts.sh
set -euo pipefail

secrets=${SECRETS:-/run/secrets}
# Passwords are hex: what secrets.mjs makes needs no quoting, and anything else is refused.
password() {
  local text
  text=$(<"$secrets/$1")
  [[ $text =~ ^[0-9a-zA-Z_-]{20,}$ ]] || { echo "$1 must be at least 20 letters, digits, - or _" >&2; exit 1; }
  printf %s "$text"
}
run() {
  if [[ -n ${MYSQL:-} ]]; then $MYSQL; else mysql --user=root --password="$(<"$secrets/mysql-root-password")"; fi
}

run <<SQL
CREATE DATABASE IF NOT EXISTS gatehouse CHARACTER SET utf8mb4;
CREATE DATABASE IF NOT EXISTS orders CHARACTER SET utf8mb4;

-- Changes tables: for the migration job only.
CREATE USER IF NOT EXISTS 'gatehouse-migrate'@'%' IDENTIFIED BY '$(password mysql-migrate-password)';
GRANT ALL ON gatehouse.* TO 'gatehouse-migrate'@'%';
GRANT ALL ON orders.* TO 'gatehouse-migrate'@'%';

-- Every day.
CREATE USER IF NOT EXISTS 'gatehouse-auth'@'%' IDENTIFIED BY '$(password mysql-auth-password)';
GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.* TO 'gatehouse-auth'@'%';
CREATE USER IF NOT EXISTS 'gatehouse-orders'@'%' IDENTIFIED BY '$(password mysql-orders-password)';
GRANT SELECT, INSERT, UPDATE, DELETE ON orders.* TO 'gatehouse-orders'@'%';

-- Figures for Prometheus; and dumps.
CREATE USER IF NOT EXISTS 'exporter'@'%' IDENTIFIED BY '$(password mysql-exporter-password)' WITH MAX_USER_CONNECTIONS 3;
GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'exporter'@'%';
CREATE USER IF NOT EXISTS 'backup'@'%' IDENTIFIED BY '$(password mysql-backup-password)' WITH MAX_USER_CONNECTIONS 3;
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON gatehouse.* TO 'backup'@'%';
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON orders.* TO 'backup'@'%';
GRANT RELOAD, PROCESS, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'backup'@'%';
SQL
