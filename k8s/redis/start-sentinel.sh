#!/bin/sh
# Starts one Sentinel. What it has learnt (who the primary is, who else watches, how often they have voted) lies on its volume and outlives
# the pod; all else is written anew at each start, so that a change of the configuration or of a password takes effect.
#
#   REDIS_SERVERS    names of all Redis servers, separated by spaces; the first one is the primary until Sentinels have seen another
#   REDIS_SENTINELS  names of all Sentinels
#   QUORUM           how many of them must agree that the primary is gone
#   POD_NAME, POD_IP, CONFIG, SECRETS, DATA   as in start-redis.sh
set -eu
config=${CONFIG:-/etc/redis}
secrets=${SECRETS:-/run/secrets/redis}
data=${DATA:-/data}
umask 077

me=$(echo "$REDIS_SENTINELS" | cut -d ' ' -f $((${POD_NAME##*-} + 1)))
password=$(cat "$secrets/redis-sentinel-password")
hash=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)

learnt=
if [ -f "$data/sentinel.conf" ]; then
  learnt=$(grep -E '^sentinel (myid|current-epoch|config-epoch|leader-epoch|known-replica|known-sentinel) ' "$data/sentinel.conf") || true
  monitor=$(grep -E '^sentinel monitor gatehouse ' "$data/sentinel.conf" | cut -d ' ' -f 4) || true
fi
{
  grep -v '^sentinel .* gatehouse ' "$config/sentinel.conf" | sed -e "s|^dir .*|dir $data|" -e "s/#SENTINEL_SHA256/#$hash/"
  echo "bind $POD_IP"
  echo "sentinel announce-ip $me"
  echo "sentinel sentinel-user sentinel"
  echo "sentinel sentinel-pass $password"
  echo "sentinel monitor gatehouse ${monitor:-${REDIS_SERVERS%% *}} 6379 $QUORUM"
  grep '^sentinel .* gatehouse ' "$config/sentinel.conf"
  echo "sentinel auth-pass gatehouse $password"
  echo "$learnt"
} >"$data/sentinel.conf.new"
mv "$data/sentinel.conf.new" "$data/sentinel.conf"
exec redis-server "$data/sentinel.conf" --sentinel
