#!/bin/bash
# Brings both databases back into an empty server: the dump, and every change since, from the binlog.
#
#   restore.sh DUMP.sql.gz [BINLOG_FOLDER]
#
#   DB_HOST, DB_PORT, DB_USER   where, and as whom: an account that may create and write, such as root
#   PASSWORD_FILE               its password; without one, none
#   STOP_AT                     an instant (UTC, "2026-08-01 12:00:00"): nothing after it is brought back
#
# Accounts are not among it: run accounts.sh afterwards. Until then no service gets in, so none writes into what is half there.
set -euo pipefail
umask 077

dump=$1
binlogs=${2:-}
options=$(mktemp)
trap 'rm -f "$options"' EXIT
# Not on the command line, where every process list shows it.
{
  printf '[client]\nhost=%s\nport=%s\nuser=%s\n' "${DB_HOST:-127.0.0.1}" "${DB_PORT:-3306}" "$DB_USER"
  [[ -z ${PASSWORD_FILE:-} ]] || printf 'password="%s"\n' "$(<"$PASSWORD_FILE")"
} >"$options"

# A dump that was cut off would be half of everything, and look like all of it.
gzip -dc "$dump" | tail -n 1 | grep -q '^-- Dump completed' || { echo "$dump is not a whole dump" >&2; exit 1; }
gzip -dc "$dump" | mysql --defaults-extra-file="$options"
echo "the dump is in"
[[ -n $binlogs ]] || exit 0

# Where the dump was taken: "-- CHANGE MASTER TO MASTER_LOG_FILE='binlog.000003', MASTER_LOG_POS=342;", or SOURCE for MASTER.
place=$(gzip -dc "$dump" | head -n 100 | grep -E -m 1 'LOG_FILE=' || true)
first=$(sed -nE "s/.*LOG_FILE='([^']+)'.*/\1/p" <<<"$place")
position=$(sed -nE 's/.*LOG_POS=([0-9]+).*/\1/p' <<<"$place")
[[ -n $first && -n $position ]] || { echo "the dump does not say where in the binlog it was taken" >&2; exit 1; }
[[ -f $binlogs/$first ]] || { echo "$first is not in $binlogs: changes since the dump are missing" >&2; exit 1; }

# Numbered, so their names are their order. One missing in between would lose what it held without a word.
files=()
expected=$((10#${first##*.}))
for file in "$binlogs/${first%.*}".[0-9]*; do
  number=$((10#${file##*.}))
  ((number < 10#${first##*.})) && continue
  ((number == expected)) || { echo "a binlog before $(basename "$file") is missing" >&2; exit 1; }
  expected=$((number + 1))
  files+=("$file")
done
# MariaDB has it under its own name, and not always under this one too.
read_binlogs=$(command -v mysqlbinlog || command -v mariadb-binlog) || { echo 'mysqlbinlog is not there' >&2; exit 1; }
# The times in a binlog are those of the server; STOP_AT is UTC.
TZ=UTC "$read_binlogs" --start-position="$position" ${STOP_AT:+--stop-datetime="$STOP_AT"} "${files[@]}" |
  mysql --defaults-extra-file="$options" --binary-mode
echo "changes since are in: ${#files[@]} binlogs from $first${STOP_AT:+, up to $STOP_AT UTC}"
