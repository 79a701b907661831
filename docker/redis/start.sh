#!/bin/sh
# Starts a Redis of compose.cluster.yaml, or a Sentinel:  start.sh redis|sentinel [more options of redis-server]
#
# Sentinel rewrites the configuration of both when it replaces a master. So each has a copy of its own, which is made at
# the first start and stays with the data; to change a setting later, change it there or remove the copy.
#
#   REDIS_NAME       "host port" by which others reach this one
#   REDIS_MASTER     "host port" of the first master
#   REDIS_PASSWORD   of all of them, without blanks and quotes
#   REDIS_FILES      where the files beside this one are
#   REDIS_DATA       where the data and the copy are
set -eu

role=$1
shift
copy=$REDIS_DATA/$role.conf

announce() { echo "$1-ip ${REDIS_NAME% *}" && echo "$1-port ${REDIS_NAME#* }"; }

redis() {
  cat "$REDIS_FILES/redis.conf" "$REDIS_FILES/replicated.conf"
  announce replica-announce
  echo "requirepass $REDIS_PASSWORD"
  echo "masterauth $REDIS_PASSWORD"
  [ "$REDIS_NAME" = "$REDIS_MASTER" ] || echo "replicaof $REDIS_MASTER"
}

sentinel() {
  echo "sentinel resolve-hostnames yes"
  echo "sentinel announce-hostnames yes"
  announce "sentinel announce"
  echo "sentinel monitor caravan $REDIS_MASTER 2"
  echo "sentinel auth-pass caravan $REDIS_PASSWORD"
  echo "requirepass $REDIS_PASSWORD"
  echo "sentinel sentinel-pass $REDIS_PASSWORD"
  cat "$REDIS_FILES/sentinel.conf"
}

if [ ! -e "$copy" ]; then
  { echo "port ${REDIS_NAME#* }" && echo "dir $REDIS_DATA" && "$role"; } > "$copy.new"
  mv "$copy.new" "$copy"
fi
[ "$role" = redis ] || set -- --sentinel "$@"
exec redis-server "$copy" "$@"
