#!/bin/bash
# Starts a RabbitMQ of compose.yaml or compose.cluster.yaml with what must not be in a repository:
#
#   RABBITMQ_PASSWORD   of the user caravan, without " and \
#   RABBITMQ_COOKIE     what the brokers of a cluster know each other by; none: they make one up
set -eu
umask 077

# RabbitMQ makes no user of its own when it loads definitions.
cat > /etc/rabbitmq/definitions/user.json <<END
{
  "users": [ { "name": "caravan", "password": "$RABBITMQ_PASSWORD", "tags": ["administrator"] } ],
  "permissions": [ { "user": "caravan", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" } ]
}
END
chown rabbitmq /etc/rabbitmq/definitions/user.json

if [ -n "${RABBITMQ_COOKIE:-}" ]; then
  printf %s "$RABBITMQ_COOKIE" > /var/lib/rabbitmq/.erlang.cookie
  chown rabbitmq /var/lib/rabbitmq/.erlang.cookie
  chmod 400 /var/lib/rabbitmq/.erlang.cookie
fi
unset RABBITMQ_PASSWORD RABBITMQ_COOKIE
exec docker-entrypoint.sh rabbitmq-server
