#!/bin/sh
# Starts one Redis of a set that Sentinels watch. Arguments go to redis-server.
#
#   REDIS_SERVERS    names of all servers, separated by spaces, in the order of the pods
#   REDIS_SENTINELS  names of the Sentinels
#   POD_NAME         name of this pod; the number at its end says which server it is
#   POD_IP           address to listen at
#   CONFIG, SECRETS, RUN, DATA   folders: configuration, passwords, files that need not last, files that must
set -eu
config=${CONFIG:-/etc/redis}
secrets=${SECRETS:-/run/secrets/redis}
run=${RUN:-/run/redis}
data=${DATA:-/data}
umask 077

me=$(echo "$REDIS_SERVERS" | cut -d ' ' -f $((${POD_NAME##*-} + 1)))
first=${REDIS_SERVERS%% *}

# The accounts, with hashes in place of passwords.
cp "$config/users.acl" "$run/users.acl"
for role in AUTH ORDERS GATEWAY OPERATOR EXPORTER REPLICA SENTINEL; do
  file=$secrets/redis-$(echo $role | tr A-Z a-z)-password
  hash=$(tr -d '\n' <"$file" | sha256sum | cut -d ' ' -f 1)
  sed -i "s/#${role}_SHA256/#$hash/" "$run/users.acl"
done

# Whom to follow: whoever most Sentinels take for the primary; where none of them answers, whoever it was when this server last ran; at
# the very first start the first one. Never itself because it happened to be started first: it may have been away for an hour.
primary=
for sentinel in $REDIS_SENTINELS; do
  answer=$(timeout 2 redis-cli -h "$sentinel" -p 26379 sentinel get-master-addr-by-name gatehouse 2>/dev/null | head -n 1) || continue
  case " $REDIS_SERVERS " in *" $answer "*) primary="$primary$answer
" ;; esac
done
primary=$(printf %s "$primary" | sort | uniq -c | sort -rn | head -n 1 | sed 's/^ *[0-9]* //')
if [ -z "$primary" ] && [ -f "$data/redis.conf" ]; then
  # Redis itself keeps this line up to date (CONFIG REWRITE, which Sentinel asks for). A primary has none.
  primary=$(sed -n 's/^replicaof \([^ ]*\) .*/\1/p' "$data/redis.conf" | grep -v '^no$' | tail -n 1) || true
  primary=${primary:-$me}
fi
primary=${primary:-$first}

if [ "$primary" = "$me" ]; then follow='no one'; else follow="$primary 6379"; fi
{
  grep -v '^replicaof ' "$config/redis.conf" | sed -e "s|^dir .*|dir $data|" -e "s|^aclfile .*|aclfile $run/users.acl|"
  echo "bind $POD_IP"
  echo "replica-announce-ip $me"
  echo "masteruser replica"
  echo "masterauth $(cat "$secrets/redis-replica-password")"
  [ "$primary" = "$me" ] || echo "replicaof $follow"
} >"$data/redis.conf"
echo "redis: $me follows $follow"
exec redis-server "$data/redis.conf" "$@"
