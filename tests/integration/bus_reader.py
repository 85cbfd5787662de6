#!/usr/bin/env python3
"""A third party in Python reads the lead topic with the public Kafka client: envelopes parse, headers repeat them, keys agree with
murmur2, versions of an aggregate grow. Usage: bus_reader.py BROKER TOPIC"""

import sys
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

import model


def murmur2(data):
    """Kafka's hash of keys, as published; 32 bits."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


# Values of Kafka's own test of this hash (UtilsTest.testMurmur2).
for key, want in ((b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536),
                  (b"a-little-bit-longer-string", -1486304829), (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
                  (b"abc", 479470107)):
    assert murmur2(key) == want & 0xFFFFFFFF, key


def read_all(broker, topic):
    """Every message that is in the topic now."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": f"third-party-{uuid.uuid4()}", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
    ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=20)[1] for p in partitions}
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    messages, waiting = [], sum(ends.values())
    while len(messages) < waiting:
        message = consumer.poll(20)
        assert message is not None, f"{len(messages)} of {waiting} messages came"
        assert message.error() is None, message.error()
        messages.append(message)
    consumer.close()
    return len(partitions), messages


def main():
    broker, topic = sys.argv[1:]
    pool = model.load()
    envelope_type = model.message(pool, "shouwang.event.v1.Envelope")
    count, messages = read_all(broker, topic)
    assert messages, "the topic is empty"
    versions, kinds, ids = {}, {}, set()
    for message in messages:
        key, partition = message.key(), message.partition()
        assert (murmur2(key) & 0x7FFFFFFF) % count == partition, f"key {key} is in partition {partition}"
        envelope = envelope_type.FromString(message.value())
        assert envelope.partition_key.encode() == key, (envelope.partition_key, key)
        headers = {name: value.decode() for name, value in message.headers() or []}
        assert headers.get("ce_id") == envelope.id and headers.get("ce_type") == envelope.type, headers
        assert envelope.data.type_url.endswith("/" + envelope.type), envelope.data.type_url
        event = model.message(pool, envelope.type).FromString(envelope.data.value)
        assert event.lead.household == f"households/{envelope.partition_key}", event.lead.household
        assert event.lead.sentence_zh and event.lead.rules
        if envelope.id not in ids:  # delivery is at least once
            assert envelope.aggregate_version > versions.get(envelope.subject, 0), envelope.subject
            versions[envelope.subject] = envelope.aggregate_version
        ids.add(envelope.id)
        kinds[envelope.type.rsplit(".", 1)[1]] = kinds.get(envelope.type.rsplit(".", 1)[1], 0) + 1
    used = len({m.partition() for m in messages})
    print(f"{len(messages)} envelopes of {len(versions)} leads in {used} of {count} partitions, every key where murmur2 says: "
          + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())))


if __name__ == "__main__":
    main()
