#!/bin/bash
# Starts a RabbitMQ of compose.yaml or compose.cluster.yaml with what must not be in a repository:
#
#   RABBITMQ_PASSWORD   of the user caravan, without " and \
#   RABBITMQ_COOKIE     what the brokers of a cluster know each other by; none: they make one up
set -eu
umask 077

# RabbitMQ makes no user of its own when it loads definitions. The one in user.json may declare, write and read what Caravan
# declares, by names, and look at nothing: other names of queues and exchanges by settings want other patterns there.
user=$(< /caravan/user.json)
printf '%s\n' "${user/RABBITMQ_PASSWORD/"$RABBITMQ_PASSWORD"}" > /etc/rabbitmq/definitions/user.json
# Metrics, and no management page: it would be one more door, and this user could not log in there.
echo '[rabbitmq_prometheus].' > /etc/rabbitmq/enabled_plugins
chown rabbitmq /etc/rabbitmq/definitions/user.json /etc/rabbitmq/enabled_plugins

if [ -n "${RABBITMQ_COOKIE:-}" ]; then
  printf %s "$RABBITMQ_COOKIE" > /var/lib/rabbitmq/.erlang.cookie
  chown rabbitmq /var/lib/rabbitmq/.erlang.cookie
  chmod 400 /var/lib/rabbitmq/.erlang.cookie
fi
unset RABBITMQ_PASSWORD RABBITMQ_COOKIE
exec docker-entrypoint.sh rabbitmq-server
