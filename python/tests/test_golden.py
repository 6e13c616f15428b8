"""Golden control segments: what one language wrote, the other reads.

Each ``docs/layout/golden/<name>.bin`` has a ``<name>.json`` beside it that says what stands in it:

    {"size": 49152,
     "header":       {"major": 1, "incarnation": "0x1122334455667788", "name": "golden", …},
     "catalog":      {"high_slot": 2, …},
     "participants": [{"slot": 0, "word": "0x100000001", "pid": 4711, "label": "…"}, …],
     "states":       [{"slot": 0, "word": "0x100000002", "name_word": "0x…", "holders": [0, 65]}, …],
     "regions":      [{"slot": 0, "size": 4096, "name": "…", "path": "", "metadata": "…"}, …],
     "events":       [{"sequence": 1, "kind": 1, "text": "…"}, …]}

Keys are the names of the constants in ``_layout.py`` in lower case; camelCase is taken too. Numbers may
be written as hexadecimal text. Everything that is listed is compared; an unknown key is a failure.
"""

from __future__ import annotations

import json
import mmap
import re
import sys
import unittest
from pathlib import Path

import holdfast
from holdfast import _control, _entry, _events
from holdfast import _layout as layout
from holdfast._checksum import fnv1a
from holdfast._control import Control, Stamp
from holdfast._layout import Catalog, Event, Header, Participant, Region, State
from holdfast._words import Words, put_word, word_at
from support import REPOSITORY

GOLDEN = REPOSITORY / "docs/layout/golden"
TEXTS = {
    (Header, "NAME"): Header.NAME_LENGTH,
    (Participant, "LABEL"): Participant.LABEL_LENGTH,
    (Region, "NAME"): Region.NAME_LENGTH,
    (Region, "PATH"): Region.PATH_LENGTH,
    (Region, "METADATA"): Region.METADATA_LENGTH,
    (Event, "TEXT"): Event.TEXT_LENGTH,
}
NOT_FIELDS = re.compile(r"(.*_)?(BYTES|CHARS|MAX|MARK)$")


def fields(holder: type) -> dict[str, int]:
    """The field names and offsets of a layout class."""
    return {
        name: value
        for name, value in vars(holder).items()
        if name.isupper() and isinstance(value, int) and (name.endswith("IN_USE") or not NOT_FIELDS.match(name) or "LIMIT" in name)
    }


def constant(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).upper()


def number(value: object) -> int:
    return int(value, 0) if isinstance(value, str) else int(value)


def read_field(raw: bytes, holder: type, key: str) -> object:
    """A field of a row as the JSON writes it: text, or a number."""
    name = constant(key)
    offset = fields(holder)[name]
    length_at = TEXTS.get((holder, name))
    if length_at is None:
        return word_at(raw, offset)
    return raw[offset : offset + word_at(raw, length_at)].decode()


def compare_row(test: unittest.TestCase, raw: bytes, holder: type, listed: dict[str, object], ignore: tuple[str, ...] = ()) -> None:
    for key, expected in listed.items():
        if key in ignore:
            continue
        with test.subTest(table=holder.__name__, key=key):
            found = read_field(raw, holder, key)
            test.assertEqual(found if isinstance(found, str) else hex(found), expected if isinstance(found, str) else hex(number(expected)))


def compare(test: unittest.TestCase, raw: bytes, listed: dict[str, object]) -> None:
    """Compares everything the JSON lists with the bytes."""
    mapping = mmap.mmap(-1, len(raw))
    mapping[:] = raw
    space = listed["header"]["name"]
    control = Control(Words(mapping), _control.check_header(raw[: Header.BYTES], len(raw), space, "golden"), "golden")
    test.assertEqual(_control.crc32c(raw[: Header.CRC]), word_at(raw, Header.CRC))
    for key, value in listed.items():
        if key == "size":
            test.assertEqual(number(value), len(raw))
        elif key == "header":
            compare_row(test, raw, Header, value)
        elif key == "catalog":
            compare_row(test, raw[control.catalog :], Catalog, value)
        elif key == "participants":
            for row in value:
                compare_row(test, raw[control.participant(row["slot"]) :], Participant, row, ("slot",))
        elif key == "states":
            for row in value:
                compare_state(test, control, row)
        elif key == "regions":
            for row in value:
                _entry.read(control, row["slot"], State.generation(control.state(row["slot"])))  # its CRC and bounds
                compare_row(test, raw[control.region(row["slot"]) :], Region, row, ("slot",))
        elif key == "events":
            test.assertEqual([number(row["sequence"]) for row in value], [e.sequence for e in _events.read_all(control)])
            for row in value:
                compare_row(test, raw[control.event(number(row["sequence"])) :], Event, row)
        else:
            test.fail(f"the JSON lists something that this test does not know: {key}")


def compare_state(test: unittest.TestCase, control: Control, row: dict[str, object]) -> None:
    slot = row["slot"]
    found = {"slot": slot, "word": control.state(slot), "holders": list(control.holders(slot))}
    found["name_word"] = control.words.get(control._names + 8 * slot)
    for key, expected in row.items():
        wanted = expected if isinstance(expected, list) else number(expected)
        test.assertEqual(found[constant(key).lower()], wanted, f"slot {slot}: {key}")


def write_example() -> tuple[bytes, dict[str, object]]:
    """A deterministic segment and its JSON: fixed boot, incarnation, times and pids."""
    limits = holdfast.Limits(participants=70, regions=3, events=64, bytes=1 << 30, sweep_interval=2.5)
    stamp = Stamp(0x0011223344556677, 0x8899AABBCCDDEEFF, 0x1122334455667788, 1_700_000_000_000_000_000)
    mapping = mmap.mmap(-1, _control.segment_size(limits))
    words = Words(mapping)
    _control.write_new(words, "golden", limits, stamp)
    control = Control(words, _control.check_header(mapping[: Header.BYTES], len(mapping), "golden", "golden"), "golden")
    participant = bytearray(Participant.BYTES)
    for offset, value in ((Participant.WORD, Participant.pack(1, 1)), (Participant.PID, 4711), (Participant.KIND, 2), (Participant.LABEL_LENGTH, 6)):
        put_word(participant, offset, value)
    participant[Participant.LABEL : Participant.LABEL + 6] = b"golden"
    words.write(control.participant(65), bytes(participant))
    entry = _entry.Entry(
        4096, Region.SHM, Region.REFERENCE_COUNTED, 5_000_000_000, 0o600, Region.OPTION_ZERO, stamp.created_ns,
        layout.handle(65, 1), 4711, 1000, layout.handle(1, 7), "frame-42", "", "made-by=golden",
    )  # fmt: skip
    words.write(control.region(1), _entry.pack(entry, 123456789))
    control.set_name_word(1, fnv1a(b"frame-42"))
    words.set(control.state_offset(1), State.pack(State.LIVE, 7))
    control.set_bit(1, 65)
    control.set_cell(Catalog.HIGH_SLOT, 2)
    control.set_cell(Catalog.EVENTS_RECORDED, 1)
    words.write(control.event(1) + 8, _events.pack(stamp.created_ns, Event.CREATED, layout.handle(65, 1), entry.handle, 4096, 4711, "frame-42"))
    words.set(control.event(1), 1)
    listed = {
        "size": len(mapping),
        "header": {"major": 1, "minor": 0, "participants": 128, "regions": 3, "events": 64, "name": "golden",
                   "incarnation": "0x1122334455667788", "bootHigh": "0x0011223344556677", "ready": 1},
        "catalog": {"high_slot": 2, "limit_bytes": 1 << 30, "limit_participants": 70, "sweep_interval": 2_500_000_000},
        "participants": [{"slot": 65, "word": "0x100000001", "pid": 4711, "label": "golden", "bytes_in_use": 0}],
        "states": [{"slot": 0, "word": 0, "holders": []}, {"slot": 1, "word": "0x700000002", "name_word": hex(fnv1a(b"frame-42")), "holders": [65]}],
        "regions": [{"slot": 1, "size": 4096, "name": "frame-42", "path": "", "metadata": "made-by=golden", "handle": "0x70001",
                     "last_access": 123456789, "policy": 3, "policyNanos": 5_000_000_000, "owner": 0x10041}],
        "events": [{"sequence": 1, "kind": 4, "text": "frame-42", "value": 4096, "region": "0x70001", "pid": 4711}],
    }  # fmt: skip
    return mapping[:], listed


class GoldenTest(unittest.TestCase):
    def test_example_roundTrips(self) -> None:
        raw, listed = write_example()
        compare(self, raw, json.loads(json.dumps(listed)))
        self.assertEqual(raw, write_example()[0])

    def test_example_changed_isNoticed(self) -> None:
        raw, listed = write_example()
        listed["regions"][0]["size"] = 4097

        class Probe(unittest.TestCase):
            def runTest(self) -> None:
                compare(self, raw, listed)

        self.assertFalse(Probe().run().wasSuccessful())

    def test_goldenFiles_areAsDescribed(self) -> None:
        files = sorted(Path(GOLDEN).glob("*.bin"))
        if not files:
            print(f"NOT RUN: no golden files in {GOLDEN.relative_to(REPOSITORY)}", file=sys.stderr)
            self.skipTest("NOT RUN: no golden files")
        for file in files:
            with self.subTest(file=file.name):
                compare(self, file.read_bytes(), json.loads(file.with_suffix(".json").read_text(encoding="utf-8")))


if __name__ == "__main__":
    unittest.main()
