"""The constants of ``_layout.py`` against the tables of ``docs/layout/control-segment.md``."""

from __future__ import annotations

import re
import unittest

from holdfast import _join, _space
from holdfast import _layout as layout
from holdfast._checksum import crc32c, fnv1a
from holdfast._layout import Catalog, Event, Header, Kind, Participant, Region, State
from support import REPOSITORY

DOCUMENT = (REPOSITORY / "docs/layout/control-segment.md").read_text(encoding="utf-8")

FIELDS = {
    "Header": (Header, {
        "magic": "MAGIC", "layout major": "MAJOR", "layout minor": "MINOR", "required features": "REQUIRED",
        "optional features": "OPTIONAL", "byte order mark": "BYTE_ORDER", "exact size": "SIZE",
        "boot id, first": "BOOT_HIGH", "boot id, last": "BOOT_LOW", "incarnation": "INCARNATION",
        "created at": "CREATED", "participants": "PARTICIPANTS", "regions": "REGIONS", "events": "EVENTS",
        "section count": "SECTION_COUNT", "length of the space's name": "NAME_LENGTH",
        "the space's name": "NAME", "section i": "SECTIONS", "CRC": "CRC", "ready": "READY",
    }),
    "Catalog": (Catalog, {
        "actor": "ACTOR", "high slot": "HIGH_SLOT", "regions in use": "REGIONS_IN_USE",
        "bytes in use": "BYTES_IN_USE", "limit: bytes of the space": "LIMIT_BYTES",
        "limit: bytes of one region": "LIMIT_REGION_BYTES",
        "limit: bytes of the regions that one": "LIMIT_PARTICIPANT_BYTES", "limit: regions": "LIMIT_REGIONS",
        "limit: participants": "LIMIT_PARTICIPANTS", "sweep interval": "SWEEP_INTERVAL",
        "events ever recorded": "EVENTS_RECORDED", "last sweep": "LAST_SWEEP", "sweeps": "SWEEPS",
        "participants recovered": "RECOVERED", "joins": "JOINS", "regions reclaimed": "RECLAIMED",
        "regions undone": "UNDONE",
    }),
    "Participants": (Participant, {
        "word": "WORD", "pid": "PID", "process start time": "START_TIME", "inode": "PID_NAMESPACE",
        "uid": "UID", "joined at": "JOINED", "kind": "KIND", "bytes in use": "BYTES_IN_USE",
        "length of label": "LABEL_LENGTH", "label": "LABEL",
    }),
    "Regions": (Region, {
        "bytes": "SIZE", "backing": "BACKING", "policy:": "POLICY", "policy nanoseconds": "POLICY_NANOS",
        "permissions": "MODE", "options": "OPTIONS", "created at": "CREATED", "owner:": "OWNER",
        "owner's pid": "OWNER_PID", "owner's uid": "OWNER_UID", "region handle": "HANDLE",
        "length of name": "NAME_LENGTH", "length of path": "PATH_LENGTH", "length of metadata": "METADATA_LENGTH",
        "CRC": "CRC", "last access": "LAST_ACCESS", "opens": "OPENS", "writable opens": "WRITABLE_OPENS",
        "unheld since": "UNHELD_SINCE", "checksum taken:": "CHECKSUM_HANDLE", "checksum:": "CHECKSUM",
        "checksum taken at": "CHECKSUM_AT", "forced": "FORCED", "file made": "FILE_MADE", "owner death acted": "DEATH_ACTED", "name": "NAME",
        "absolute path": "PATH", "metadata": "METADATA",
    }),
    "Events": (Event, {
        "sequence": "SEQUENCE", "at": "AT", "kind": "KIND", "actor": "ACTOR", "region handle": "REGION",
        "value": "VALUE", "actor's pid": "PID", "length of text": "TEXT_LENGTH", "text": "TEXT", "CRC": "CRC",
    }),
}  # fmt: skip

KINDS = {
    "joined": Event.JOINED, "left": Event.LEFT, "recovered": Event.RECOVERED, "created": Event.CREATED,
    "retired": Event.RETIRED, "reclaimed": Event.RECLAIMED, "forced": Event.FORCED, "undid": Event.UNDONE,
    "changed": Event.LIMITS, "repaired": Event.REPAIRED, "acted": Event.OWNER_DEATH, "removed": Event.LEFTOVER,
    "found": Event.LOCK_OWNER_DIED, "broke": Event.DEADLOCK,
}  # fmt: skip


def section(title: str) -> str:
    return re.search(rf"^## {title}\b.*?$(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S).group(1)


def rows(text: str) -> list[list[str]]:
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [row for row in table if not set(row[0]) <= set("- ") and row[0] != "offset"]


class LayoutTest(unittest.TestCase):
    def test_fields_areWhereTheDocumentSays(self) -> None:
        for title, (holder, names) in FIELDS.items():
            seen = set()
            for row in rows(section(title).split("| kind | event")[0]):
                number = re.match(r"\d+", row[0])
                if not number or len(row) != 2 or row[1].startswith("reserved"):
                    continue
                matching = [prefix for prefix in names if row[1].startswith(prefix)]
                with self.subTest(title, field=row[1]):
                    self.assertTrue(matching, "the document has a field that the code does not know")
                    prefix = max(matching, key=len)
                    seen.add(prefix)
                    self.assertEqual(int(number.group()), getattr(holder, names[prefix]))
            self.assertEqual(set(names), seen, f"{title}: the code has fields that the document does not name")

    def test_sizes_areWhatTheDocumentSays(self) -> None:
        self.assertIn("## Header: bytes 0–4095", DOCUMENT)
        self.assertEqual(4096, Header.BYTES)
        for title, size in (("Participants, ", Participant.BYTES), ("Regions, ", Region.BYTES), ("Events, ", Event.BYTES)):
            self.assertIn(f"## {title}{size} bytes each", DOCUMENT)

    def test_sections_areWhatTheDocumentSays(self) -> None:
        table = {int(row[0]): row for row in rows(section("Header")) if len(row) == 4 and row[0].isdigit()}
        self.assertEqual({Kind.CATALOG: "catalog", Kind.PARTICIPANTS: "participants", Kind.STATES: "region states",
                          Kind.NAMES: "region names", Kind.LEDGER: "ledger", Kind.REGIONS: "regions",
                          Kind.EVENTS: "events"}, {kind: row[1] for kind, row in table.items()})  # fmt: skip
        counts = {"1": 1, "participants": 128, "regions": 10, "events": 64}
        position = Header.BYTES
        for kind, offset, count, stride in layout.sections(128, 10, 64):
            self.assertEqual(counts[table[kind][2]], count)
            written = table[kind][3]
            self.assertEqual(int(written) if written.isdigit() else 64, stride)
            self.assertEqual(position, offset)
            position += -(-count * stride // 4096) * 4096

    def test_ledgerStride_isRoundedUpTo64(self) -> None:
        self.assertEqual([64, 64, 64, 128], [layout.ledger_stride(n) for n in (64, 256, 512, 1024)])

    def test_states_areWhatTheDocumentSays(self) -> None:
        names = {int(row[0].split()[0]): row[0].split()[1] for row in rows(section("Region states")) if row[0][0].isdigit()}
        self.assertEqual(names, {getattr(State, name): name for name in ("FREE", "CREATING", "LIVE", "RECLAIMING")})
        word = State.pack(State.RECLAIMING, 7, 5, True)
        self.assertEqual(0x0000000700050103, word)
        self.assertEqual((3, 7, 5, True), (State.state(word), State.generation(word), State.actor(word), State.retired(word)))

    def test_eventKinds_areWhatTheDocumentSays(self) -> None:
        table = section("Events").split("| kind | event")[1]
        found = {row[1].split()[0]: int(row[0]) for row in rows(table) if row[0].isdigit()}
        self.assertEqual(KINDS, found)

    def test_locks_areWhatTheDocumentSays(self) -> None:
        for text, value in (("| i < {} |", layout.LOCK_PARTICIPANTS), ("| {} (creation) |", layout.LOCK_CREATION), ("| {} (catalog) |", layout.LOCK_CATALOG)):
            self.assertIn(text.format(value), DOCUMENT)

    def test_names_areWhatTheDocumentSays(self) -> None:
        self.assertIn(f"`{_join.SPACE_NAME.pattern}`", DOCUMENT)
        self.assertIn(f"`{_space._REGION_ID.pattern}`", DOCUMENT)
        self.assertIn("`r10000`", DOCUMENT)
        self.assertEqual("r10000", layout.region_id(layout.handle(0, 1)))

    def test_generation_wrapsToOne(self) -> None:
        self.assertEqual((1, 1, 6), (layout.next_generation(0), layout.next_generation((1 << 32) - 1), layout.next_generation(5)))


class ChecksumTest(unittest.TestCase):
    def test_crc32c_knownValues(self) -> None:
        self.assertEqual(0xE3069283, crc32c(b"123456789"))
        self.assertEqual(0x8A9136AA, crc32c(bytes(32)))
        self.assertEqual(0x62A8AB43, crc32c(b"\xff" * 32))
        self.assertEqual(0, crc32c(b""))

    def test_crc32c_zeroRuns_equalTheSlowWay(self) -> None:
        def slow(data: bytes) -> int:
            register = 0xFFFFFFFF
            for byte in data:
                register ^= byte
                for _ in range(8):
                    register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
            return register ^ 0xFFFFFFFF

        for data in (bytes(888), b"a" + bytes(887), bytes(887) + b"a", b"ab" * 50 + bytes(300) + b"c" + bytes(99), bytes(31)):
            self.assertEqual(slow(data), crc32c(data))

    def test_fnv1a_knownValues(self) -> None:
        self.assertEqual(0xCBF29CE484222325, fnv1a(b""))
        self.assertEqual(0xAF63DC4C8601EC8C, fnv1a(b"a"))
        self.assertEqual(0x85944171F73967E8, fnv1a(b"foobar"))


if __name__ == "__main__":
    unittest.main()
