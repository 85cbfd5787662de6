#!/usr/bin/env bash
# The private Kafka: one KRaft node (broker and controller) on 127.0.0.1. Sourced by lib.sh.

SW_KAFKA_LIBS="$SW_HOME/kafka/libs"

# The jars are fetched once and again when the list changes; shared by the demo's and the tests' broker.
kafka_jars_present() {
    [[ -f $SW_KAFKA_LIBS/.complete ]] && cmp -s "$SW_ROOT/deploy/local/kafka/pom.xml" "$SW_KAFKA_LIBS/.complete"
}

# Answers false, with the reason in SW_KAFKA_WHY, where Kafka cannot be had.
fetch_kafka() {
    SW_KAFKA_WHY=""
    if ! command -v java >/dev/null; then SW_KAFKA_WHY="Java is missing (package openjdk-17-jre-headless)"; return 1; fi
    kafka_jars_present && return 0
    if ! command -v mvn >/dev/null; then SW_KAFKA_WHY="Maven is missing (package maven)"; return 1; fi
    local log="$SW_STATE/log/maven.log" new="$SW_HOME/kafka/libs.new"
    say "fetching Apache Kafka with Maven (once)"
    rm -rf "$new"
    mkdir -p "$new"
    if ! timeout "${SW_MAVEN_SECONDS:-600}" mvn -B -q -f "$SW_ROOT/deploy/local/kafka/pom.xml" -Dmaven.repo.local="$SW_HOME/kafka/m2" \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$new" >"$log" 2>&1; then
        # shellcheck disable=SC2034  # read by the callers
        SW_KAFKA_WHY="Maven could not fetch Apache Kafka (see $log)"
        rm -rf "$new"
        return 1
    fi
    cp "$SW_ROOT/deploy/local/kafka/pom.xml" "$new/.complete"
    rm -rf "$SW_KAFKA_LIBS" "$SW_HOME/kafka/m2"
    mv "$new" "$SW_KAFKA_LIBS"
}

kafka_settings() {
    local port=$1 controller=$2
    cat <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
log.dirs=$SW_STATE/kafka/data
# Topics are declared in deploy/kafka/topics.yaml; one that is not is a mistake.
auto.create.topics.enable=false
# One node: every internal topic has one copy, and a group need not wait for more members.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# Feed chunks reach 5 MB.
message.max.bytes=9000000
replica.fetch.max.bytes=9000000
log.retention.hours=168
log.cleaner.dedupe.buffer.size=33554432
num.network.threads=2
num.io.threads=4
CONF
}

# kafka_java HEAP: sets SW_KAFKA_JAVA, the start of every command line of Kafka's.
kafka_java() {
    SW_KAFKA_JAVA=(java "-Xms$1" "-Xmx$1" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:-UsePerfData -Djava.awt.headless=true
        "-Dlog4j.configuration=file:$SW_ROOT/deploy/local/kafka/log4j.properties" -cp "$SW_KAFKA_LIBS/*")
}

kafka_answers() { timeout 5 kcat -L -b "127.0.0.1:$1" -m 2; }

start_kafka() {
    local port controller dir="$SW_STATE/kafka"
    is_running kafka && return 0
    kafka_jars_present || fail "Apache Kafka's jars are missing: run fetch_kafka first"
    mkdir -p "$dir"
    port=$(port_to_start_on kafka)
    controller=$(port_to_start_on kafka_controller)
    kafka_settings "$port" "$controller" >"$dir/server.properties"
    if [[ ! -f $dir/data/meta.properties ]]; then
        local id
        id="sw$(openssl rand -base64 16 | tr '+/' '-_' | cut -c3-22)"
        kafka_java 128m
        "${SW_KAFKA_JAVA[@]}" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >"$SW_STATE/log/kafka-format.log" 2>&1 ||
            fail "Kafka's storage could not be formatted (see $SW_STATE/log/kafka-format.log)"
    fi
    kafka_java 512m
    start_process kafka "${SW_KAFKA_JAVA[@]}" kafka.Kafka "$dir/server.properties"
    wait_for_process 60 kafka kafka_answers "$port"
}

stop_kafka() { stop_process kafka 30; }
