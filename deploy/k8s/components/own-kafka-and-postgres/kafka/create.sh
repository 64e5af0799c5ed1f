#!/bin/sh
# Made from the registries by `make docs`; do not edit by hand.
# BOOTSTRAP=host:port CONFIG=admin.properties sh create.sh
# REPLICAS=1 for a Kafka of one broker, to try it out; else three copies, of which two must be written.
set -eu
REPLICAS=${REPLICAS:-3}
WRITTEN=$((REPLICAS > 1 ? REPLICAS - 1 : 1))
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic profiles.person.v1 --partitions 6 --config cleanup.policy=compact --config retention.ms=-1 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic profiles.contact.v1 --partitions 6 --config cleanup.policy=compact --config retention.ms=-1 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic matching.program.v1 --partitions 1 --config cleanup.policy=compact --config retention.ms=-1 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic matching.run.v1 --partitions 1 --config cleanup.policy=delete --config retention.ms=34560000000 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic matching.match.v1 --partitions 6 --config cleanup.policy=delete --config retention.ms=34560000000 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic matching.shortlist.v1 --partitions 6 --config cleanup.policy=compact --config retention.ms=-1 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic engagement.relationship.v1 --partitions 6 --config cleanup.policy=delete --config retention.ms=34560000000 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic notifications.letter.v1 --partitions 3 --config cleanup.policy=delete --config retention.ms=2592000000 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists --replication-factor "$REPLICAS" --topic webhooks.subscription.v1 --partitions 1 --config cleanup.policy=delete --config retention.ms=34560000000 --config min.insync.replicas="$WRITTEN" --config message.timestamp.after.max.ms=31536000000
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-profiles --operation Describe --operation Read --operation Write --topic profiles.contact.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-profiles --operation Describe --operation Read --operation Write --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --topic engagement.relationship.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --operation Write --topic matching.match.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --operation Write --topic matching.program.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --operation Write --topic matching.run.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --operation Write --topic matching.shortlist.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Describe --operation Read --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-matching --operation Read --group matching
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-engagement --operation Describe --operation Read --operation Write --topic engagement.relationship.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-engagement --operation Describe --operation Read --topic matching.match.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-engagement --operation Describe --operation Read --topic matching.program.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-engagement --operation Describe --operation Read --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-engagement --operation Read --group engagement
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic engagement.relationship.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic matching.match.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic matching.program.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --operation Write --topic notifications.letter.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic profiles.contact.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Describe --operation Read --topic webhooks.subscription.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-notifications --operation Read --group notifications
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic engagement.relationship.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic matching.match.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic matching.program.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic matching.run.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic matching.shortlist.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic notifications.letter.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Describe --operation Read --operation Write --topic webhooks.subscription.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-webhooks --operation Read --group webhooks
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic engagement.relationship.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic matching.match.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic matching.program.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic matching.run.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic matching.shortlist.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic notifications.letter.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic profiles.person.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Describe --operation Read --topic webhooks.subscription.v1
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --allow-principal User:kafka-subscriber --operation Read --group '*'
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --deny-principal User:kafka-subscriber --operation All --group profiles
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --deny-principal User:kafka-subscriber --operation All --group matching
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --deny-principal User:kafka-subscriber --operation All --group engagement
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --deny-principal User:kafka-subscriber --operation All --group notifications
kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add --deny-principal User:kafka-subscriber --operation All --group webhooks
