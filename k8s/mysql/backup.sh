#!/bin/bash
# One dump of both databases, consistent to one moment, with the place in the binlog from which to go on.
#
#   DB_HOST, DB_USER     where, and as whom
#   PASSWORD_FILE        its password
#   BACKUPS              folder of the dumps
#   KEEP_DAYS            older dumps are deleted, once there is a newer one
set -euo pipefail
umask 077

options=$(mktemp)
trap 'rm -f "$options"' EXIT
# Not on the command line, where every process list shows it.
printf '[client]\nuser=%s\npassword="%s"\n' "$DB_USER" "$(<"$PASSWORD_FILE")" >"$options"

at=$(date -u +%Y%m%dT%H%M%SZ)
file=$BACKUPS/gatehouse-$at.sql.gz
mysqldump --defaults-extra-file="$options" --host="$DB_HOST" \
  --single-transaction --flush-logs "${POSITION:---source-data=2}" --triggers --hex-blob --databases gatehouse orders |
  gzip >"$file.part"
# A dump that was cut off has no last line; it never gets the name of a whole one.
gzip -dc "$file.part" | tail -n 1 | grep -q '^-- Dump completed'
mv "$file.part" "$file"
find "$BACKUPS" -name 'gatehouse-*.sql.gz' -mtime "+$KEEP_DAYS" -delete
find "$BACKUPS" -name 'gatehouse-*.part' -mmin +720 -delete
echo "wrote $(basename "$file"), $(stat -c %s "$file") bytes"
