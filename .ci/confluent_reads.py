"""Reads runtime events from Kafka as a stranger does: with Confluent's own client and deserializer.

usage: confluent_reads.py --brokers HOST:PORT,… --registry URL [--topic okta.runtime-events]
                          (--count N | --at-least N) [--source-topic okta.events] [--seconds 60]

Needs confluent-kafka[avro,schemaregistry]. Reads every partition from its start, committed records
only, until there are as many as wanted; with --count, to the end of every partition. Checks that
key, CloudEvents headers, traceparent and value of each record agree, and that no id occurs twice.
Prints what it read; fails unless all of it is as expected.
"""

import argparse
import collections
import datetime
import re
import sys
import time

import confluent_kafka
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
VERSION = re.compile(r"[0-9a-f]{16}")
LABELS = ["High"] * 4 + ["Medium"] * 2 + ["Low", "Info"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--topic", default="okta.runtime-events")
    parser.add_argument("--source-topic", default="okta.events")
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--count", type=int)
    wanted.add_argument("--at-least", type=int)
    parser.add_argument("--seconds", type=float, default=60)
    return parser.parse_args()


def read(options):
    """Yields records until there are enough, or the time is over."""
    consumer = Consumer({
        "bootstrap.servers": options.brokers,
        "group.id": "confluent-reads",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
    })
    deadline = time.monotonic() + options.seconds
    try:
        topics = consumer.list_topics(options.topic, timeout=options.seconds).topics
        partitions = sorted(topics[options.topic].partitions)
        if not partitions:
            raise SystemExit(f"there is no topic {options.topic}")
        consumer.assign([TopicPartition(options.topic, partition, 0) for partition in partitions])
        at_end, count = set(), 0
        while time.monotonic() < deadline:
            enough = count >= (options.at_least if options.count is None else options.count)
            if enough and (options.count is None or at_end == set(partitions)):
                return
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error() is None:
                at_end.discard(message.partition())
                count += 1
                yield message
            elif message.error().code() == KafkaError._PARTITION_EOF:
                at_end.add(message.partition())
            elif message.error().fatal():
                raise SystemExit(f"{options.brokers}: {message.error()}")
    finally:
        consumer.close()


def expected_headers(event):
    """What the headers besides traceparent must be."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event["id"],
        "ce_source": "/nightlatch/integrations/" + event["integration"],
        "ce_type": "io.nightlatch.RuntimeEvent",
        "ce_subject": f"{event['policy']['id']}/{event['rule']['name']}",
        "content-type": "application/avro",
    }
    return headers, event["occurred_at"]


def differences(message, event, source_topic):
    """Yields what is not as it should be."""
    headers = [(name, value.decode("utf-8")) for name, value in message.headers() or []]
    found = dict(headers)
    if len(found) != len(headers):
        yield f"a header occurs twice: {headers}"
    wanted, occurred_at = expected_headers(event)
    if not TRACEPARENT.fullmatch(found.pop("traceparent", "")):
        yield "traceparent is not W3C's"
    ce_time = found.pop("ce_time", None)
    if ce_time is None or datetime.datetime.fromisoformat(ce_time) != occurred_at:
        yield f"ce_time is {ce_time}, occurred_at {occurred_at}"
    if found != wanted:
        yield f"headers are {found}, not {wanted}"
    if message.key() != event["integration"].encode():
        yield f"the key is {message.key()!r}, the integration {event['integration']}"
    if not UUID.fullmatch(event["id"]):
        yield f"the id {event['id']} is no UUIDv5"
    for what in (event["policy"]["version"], event["rule"]["version"], event["ruleset_version"]):
        if not VERSION.fullmatch(what):
            yield f"{what!r} is no version"
    if event["severity_label"] != LABELS[event["severity"]]:
        yield f"severity {event['severity']} is called {event['severity_label']}"
    if event["source"] != "okta" or not event["rule"]["name"]:
        yield f"source {event['source']!r}, rule {event['rule']['name']!r}"
    cause = event["event"]
    if cause is None or cause["topic"] != source_topic or cause["offset"] < 0:
        yield f"the event that caused it is {cause}"
    elif cause["partition"] != message.partition():
        yield f"the event is on partition {cause['partition']}, its detection on {message.partition()}"


def main():
    options = arguments()
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": options.registry}))
    place = SerializationContext(options.topic, MessageField.VALUE)
    problems, ids, rules, schemas = [], collections.Counter(), collections.Counter(), set()
    partitions = collections.Counter()
    for message in read(options):
        where = f"{message.topic()}/{message.partition()}@{message.offset()}"
        try:
            event = deserialize(message.value(), place)
            problems += [f"{where}: {what}" for what in differences(message, event, options.source_topic)]
            ids[event["id"]] += 1
            rules[event["rule"]["name"]] += 1
            partitions[message.partition()] += 1
            schemas.add(int.from_bytes(message.value()[1:5], "big"))
        except Exception as error:  # Whatever the deserializer refuses is a finding.
            problems.append(f"{where}: {type(error).__name__}: {error}")
    problems += [f"id {one} occurs {count} times" for one, count in ids.items() if count > 1]
    read_records = sum(ids.values())
    if options.count not in (None, read_records):
        problems.append(f"{read_records} records, not {options.count}")
    if read_records < (options.at_least or 1):
        problems.append(f"{read_records} records, fewer than {options.at_least or 1}")
    version = confluent_kafka.version()
    print(f"confluent-kafka {version if isinstance(version, str) else version[0]} read {read_records} records "
          f"of {len(rules)} rules on partitions {sorted(partitions)} with schema ids {sorted(schemas)}")
    for rule, count in rules.most_common(5):
        print(f"  {count:6} {rule}")
    for problem in problems[:20]:
        print(problem, file=sys.stderr)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
