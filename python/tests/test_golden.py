"""Golden control segments: what one language wrote, the other reads and would write byte for byte.

Each ``docs/layout/golden/<name>.bin`` has a ``<name>.json`` beside it: a list of

    {"offset": 36864, "words": [8192], "what": "region 0: bytes"}
    {"offset": 37120, "hex": "6672616d652d3432", "what": "region 0: name"}

First everything that is listed is compared with the bytes. Then the client's own code reads the tables
and packs them again, and the result must be the same bytes.
"""

from __future__ import annotations

import json
import mmap
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
STAMP = Stamp(0x0011223344556677, 0x8899AABBCCDDEEFF, 0x1122334455667788, 1_700_000_000_000_000_000)


def compare_listed(test: unittest.TestCase, raw: bytes, listed: list[dict[str, object]]) -> None:
    """Everything the JSON lists stands in the bytes."""
    test.assertTrue(listed, "the JSON lists nothing")
    for item in listed:
        with test.subTest(item["what"], offset=item["offset"]):
            test.assertLessEqual(set(item), {"offset", "words", "hex", "what"})
            start = item["offset"]
            if "words" in item:
                found = [word_at(raw, start + 8 * index) for index in range(len(item["words"]))]
                test.assertEqual([int(word) & layout.MASK for word in item["words"]], found)
            else:
                expected = bytes.fromhex(item["hex"])
                test.assertEqual(expected.hex(), raw[start : start + len(expected)].hex())


def compare_repacked(test: unittest.TestCase, raw: bytes) -> int:
    """Our readers understand the bytes and our writers write the same; how many rows there were."""
    mapping = mmap.mmap(-1, len(raw))
    mapping[:] = raw
    length = word_at(raw, Header.NAME_LENGTH)
    space = raw[Header.NAME : Header.NAME + length].decode()
    control = Control(Words(mapping), _control.check_header(raw[: Header.BYTES], len(raw), space, "golden"), "golden")
    limits = holdfast.Limits(
        participants=control.participant_limit(),
        regions=control.regions,
        events=control.events,
        bytes=control.cell(Catalog.LIMIT_BYTES),
        region_bytes=control.cell(Catalog.LIMIT_REGION_BYTES),
        participant_bytes=control.cell(Catalog.LIMIT_PARTICIPANT_BYTES),
        sweep_interval=control.cell(Catalog.SWEEP_INTERVAL) / 1e9,
    )
    stamp = Stamp(*(word_at(raw, at) for at in (Header.BOOT_HIGH, Header.BOOT_LOW, Header.INCARNATION, Header.CREATED)))
    test.assertEqual(_control.format_header(space, limits, stamp)[: Header.READY], raw[: Header.READY], "header")
    test.assertEqual(
        _control.format_catalog(limits)[Catalog.LIMIT_BYTES : Catalog.EVENTS_RECORDED],
        raw[control.catalog + Catalog.LIMIT_BYTES : control.catalog + Catalog.EVENTS_RECORDED],
        "limits in the catalog",
    )
    return _compare_regions(test, control, raw) + _compare_events(test, control, raw)


def _compare_regions(test: unittest.TestCase, control: Control, raw: bytes) -> int:
    rows = 0
    for slot in range(control.high_slot()):
        word = control.state(slot)
        if State.state(word) == State.FREE:
            continue
        rows += 1
        entry = _entry.read(control, slot, State.generation(word))
        packed, start = _entry.pack(entry, 0), control.region(slot)
        there = raw[start : start + Region.BYTES]
        test.assertEqual(packed[: Region.LAST_ACCESS], there[: Region.LAST_ACCESS], f"entry {slot}")
        test.assertEqual(packed[Region.NAME :], there[Region.NAME :], f"texts of entry {slot}")
        named = slot in control.slots_named(fnv1a(entry.name.encode()))
        test.assertEqual(not State.retired(word), named, f"name word {slot}")
    return rows


def _compare_events(test: unittest.TestCase, control: Control, raw: bytes) -> int:
    events = _events.read_all(control)
    for event in events:
        start = control.event(event.sequence)
        there = raw[start : start + Event.BYTES]
        region = int(event.region[1:], 16) if event.region else 0
        kind = next(number for number, name in holdfast._types.EVENT_KINDS.items() if name == event.kind)
        packed = _events.pack(event.at_ns, kind, event.actor, region, event.value, event.pid, event.text)
        test.assertEqual(packed, there[Event.AT :], f"event {event.sequence}")
    return len(events)


def write_example() -> tuple[bytes, list[dict[str, object]]]:
    """A deterministic segment and its JSON: fixed boot, incarnation, times and pids."""
    limits = holdfast.Limits(participants=70, regions=3, events=64, bytes=1 << 30, sweep_interval=2.5)
    mapping = mmap.mmap(-1, _control.segment_size(limits))
    words = Words(mapping)
    _control.write_new(words, "golden", limits, STAMP)
    control = Control(words, _control.check_header(mapping[: Header.BYTES], len(mapping), "golden", "golden"), "golden")
    participant = bytearray(Participant.BYTES)
    for offset, value in (
        (Participant.WORD, Participant.pack(Participant.LIVE, 1)),
        (Participant.PID, 4711),
        (Participant.KIND, Participant.KIND_PYTHON),
        (Participant.LABEL_LENGTH, 6),
    ):
        put_word(participant, offset, value)
    participant[Participant.LABEL : Participant.LABEL + 6] = b"golden"
    words.write(control.participant(65), bytes(participant))
    owner, region = layout.handle(65, 1), layout.handle(1, 7)
    entry = _entry.Entry(
        size=4096, backing=Region.SHM, policy=Region.REFERENCE_COUNTED, policy_ns=5_000_000_000, mode=0o600,
        options=Region.OPTION_ZERO, created_ns=STAMP.created_ns, owner=owner, owner_pid=4711, owner_uid=1000,
        handle=region, name="frame-42", path="", metadata="made-by=golden\n",
    )  # fmt: skip
    words.write(control.region(1), _entry.pack(entry, 123456789))
    control.set_name_word(1, fnv1a(b"frame-42"))
    words.set(control.state_offset(1), State.pack(State.LIVE, 7))
    control.set_bit(1, 65)
    control.set_cell(Catalog.HIGH_SLOT, 2)
    control.set_cell(Catalog.EVENTS_RECORDED, 1)
    body = _events.pack(STAMP.created_ns, Event.CREATED, owner, region, 4096, 4711, "frame-42")
    words.write(control.event(1) + Event.AT, body)
    words.set(control.event(1), 1)
    # offsets below are written out from the tables of the document, not computed by the code under test
    listed = [
        {"offset": 0, "hex": b"HOLDFAST".hex(), "what": "magic"},
        {"offset": 8, "words": [1, 0, 0, 0, 0x0102030405060708], "what": "layout, features, byte order"},
        {"offset": 72, "words": [STAMP.incarnation, STAMP.created_ns, 128, 3, 64, 7, 6], "what": "incarnation to name"},
        {"offset": 512, "words": [1, 4096, 1, 512, 2, 8192, 128, 256, 3, 40960, 3, 8], "what": "sections 1 to 3"},
        {"offset": 1024, "words": [1], "what": "ready"},
        {"offset": 8192 + 65 * 256, "words": [0x100000001, 4711], "what": "participant 65"},
        {"offset": 40960, "words": [0, 0x700000002, 0], "what": "states"},
        {"offset": 45056, "words": [0, fnv1a(b"frame-42"), 0], "what": "name words"},
        {"offset": 49152 + 64, "words": [0, 2], "what": "ledger row 1: participant 65"},
        {"offset": 53248 + 1024, "words": [4096, 1, 3, 5_000_000_000, 0o600, 1], "what": "region 1"},
        {"offset": 53248 + 1024 + 256, "hex": b"frame-42".hex(), "what": "region 1: name"},
        {"offset": 57344, "words": [1, STAMP.created_ns, 4, 0x10041, 0x70001, 4096, 4711, 8], "what": "event 1"},
    ]
    return mapping[:], listed


class GoldenTest(unittest.TestCase):
    def test_example_isAsTheDocumentSays(self) -> None:
        raw, listed = write_example()
        compare_listed(self, raw, json.loads(json.dumps(listed)))
        self.assertEqual(2, compare_repacked(self, raw))
        self.assertEqual(raw, write_example()[0])

    def test_example_changed_isNoticed(self) -> None:
        raw, listed = write_example()
        listed[-1]["words"][5] = 4097

        class Probe(unittest.TestCase):
            def runTest(self) -> None:
                compare_listed(self, raw, listed)

        self.assertFalse(Probe().run().wasSuccessful())

    def test_goldenFiles_areAsDescribed(self) -> None:
        files = sorted(Path(GOLDEN).glob("control-*.bin"))
        if not files:
            print(f"NOT RUN: no golden files in {GOLDEN.relative_to(REPOSITORY)}", file=sys.stderr)
            self.skipTest("NOT RUN: no golden files")
        for file in files:
            with self.subTest(file=file.name):
                raw = file.read_bytes()
                compare_listed(self, raw, json.loads(file.with_suffix(".json").read_text(encoding="utf-8")))
                self.assertGreater(compare_repacked(self, raw), 0)


if __name__ == "__main__":
    unittest.main()
