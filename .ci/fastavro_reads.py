"""Reads with fastavro, an Avro library of others, the records that we wrote.

usage: fastavro_reads.py RECORDS.ndjson

Each line of the file is {"subject": …, "wire": HEX, "value": {…}}: a record in Confluent's wire
format and what it says. Every one must be read to its last byte, with the schema that the lock
file names for its id, and say the same; every subject of the lock file must occur.
"""

import io
import json
import pathlib
import sys

import fastavro

SCHEMAS = pathlib.Path(__file__).parent.parent / "schemas" / "avro"


def without_logical_types(schema):
    """The plain numbers and texts are compared, not fastavro's dates."""
    if isinstance(schema, dict):
        return {key: without_logical_types(part) for key, part in schema.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    return schema


def plain(value):
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def locked_schemas():
    schemas = {}
    for entry in json.loads((SCHEMAS / "lock.json").read_text()):
        text = (SCHEMAS / "history" / entry["file"]).read_text()
        schema = fastavro.parse_schema(without_logical_types(json.loads(text)))
        schemas[entry["id"]] = (entry["subject"], schema)
    return schemas


def read(wire, schemas):
    if wire[:1] != b"\0":
        raise ValueError("the first byte is not 0")
    subject, schema = schemas[int.from_bytes(wire[1:5], "big")]
    body = io.BytesIO(wire[5:])
    value = fastavro.schemaless_reader(body, schema)
    if rest := body.read():
        raise ValueError(f"{len(rest)} bytes after the record")
    return subject, plain(value)


def main(path):
    schemas = locked_schemas()
    passed, failed, seen = 0, 0, set()
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), start=1):
        record = json.loads(line)
        try:
            subject, value = read(bytes.fromhex(record["wire"]), schemas)
            if subject != record["subject"]:
                raise ValueError(f"its schema is of {subject}, not of {record['subject']}")
            if value != record["value"]:
                raise ValueError(f"says {value!r}, not {record['value']!r}")
            passed += 1
            seen.add(subject)
        except Exception as error:  # Whatever fastavro refuses is a finding.
            failed += 1
            print(f"{path}:{number}: {type(error).__name__}: {error}", file=sys.stderr)
    for subject in sorted({subject for subject, _ in schemas.values()} - seen):
        failed += 1
        print(f"{path}: no record of {subject} was read", file=sys.stderr)
    print(f"fastavro {fastavro.__version__} read {passed} records, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
