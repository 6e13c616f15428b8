"""The constants of ``_locklayout.py`` against the tables of ``docs/layout/locks.md``."""

from __future__ import annotations

import re
import unittest

from holdfast import _locklayout as layout
from holdfast._contexts import PRIORITIES
from holdfast._locklayout import Context, Header, Lock, Owner, Placed, Wait
from support import REPOSITORY
from test_layout import rows

DOCUMENT = (REPOSITORY / "docs/layout/locks.md").read_text(encoding="utf-8")

FIELDS = {
    "Header": (Header, {
        "magic": "MAGIC", "layout major": "MAJOR", "layout minor": "MINOR", "exact size": "SIZE",
        "incarnation": "INCARNATION", "participants": "PARTICIPANTS", "contexts": "CONTEXTS", "locks": "LOCKS",
        "cells": "CELLS", "start of doorbells": "DOORBELLS_START", "start of waits": "WAITS_START",
        "start of contexts": "CONTEXTS_START", "start of locks": "LOCKS_START", "start of cells": "CELLS_START",
        "CRC": "CRC", "ready": "READY", "high context": "HIGH_CONTEXT", "high lock": "HIGH_LOCK",
        "token floor": "TOKEN_FLOOR", "deadlocks broken": "DEADLOCKS", "lock owners found dead": "OWNERS_DIED",
        "transaction tickets given": "TICKETS", "high participant": "HIGH_PARTICIPANT",
    }),
    "Contexts": (Context, {
        "participant handle": "HANDLE", "park": "PARK", "wait sequence": "SEQUENCE", "waiting since": "SINCE",
        "priority": "PRIORITY", "amount": "AMOUNT", "cancel": "CANCEL", "transaction ticket": "TICKET",
        "deadline": "DEADLINE", "victim how often": "VICTIM", "thread": "THREAD", "length of label": "LABEL_LENGTH",
        "label": "LABEL", "held": "HELD",
    }),
    "Locks": (Lock, {
        "owner word": "WORD", "token:": "TOKEN", "fair at": "FAIR_AT", "held since": "HELD_SINCE",
        "token for which": "HELD_SINCE_TOKEN", "undo": "UNDO", "state": "STATE", "kind": "KIND",
        "options": "OPTIONS", "first cell": "FIRST_CELL", "cells": "CELLS", "created at": "CREATED",
        "condition": "MUTEX", "CRC": "CRC", "length of name": "NAME_LENGTH", "name": "NAME",
        "contended": "CONTENDED", "hand-overs": "HAND_OVERS", "owners died": "OWNERS_DIED",
        "deadlock victims": "VICTIMS", "time-outs": "TIMEOUTS", "wait time,": "WAIT_NANOS",
        "hold time": "HOLD_NANOS", "sampled holds": "HOLDS_SAMPLED", "wait times": "WAIT_TIMES",
        "hold times": "HOLD_TIMES", "openers": "OPENERS",
    }),
}  # fmt: skip


def section(title: str) -> str:
    return re.search(rf"^## {title}\b.*?$(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S).group(1)


class LockLayoutTest(unittest.TestCase):
    def test_fields_areWhereTheDocumentSays(self) -> None:
        for title, (holder, names) in FIELDS.items():
            seen = set()
            for row in rows(section(title)):
                if not row[0].isdigit() or len(row) != 2:
                    continue
                matching = [prefix for prefix in names if row[1].startswith(prefix)]
                with self.subTest(title, field=row[1]):
                    self.assertTrue(matching, "the document has a field that the code does not know")
                    prefix = max(matching, key=len)
                    seen.add(prefix)
                    self.assertEqual(int(row[0]), getattr(holder, names[prefix]))
            self.assertEqual(set(names), seen, f"{title}: the code has fields that the document does not name")

    def test_placedLock_isAsTheDocumentSays(self) -> None:
        names = {"owner word": Lock.WORD, "token |": Lock.TOKEN, "fair at": Lock.FAIR_AT, "held since": Lock.HELD_SINCE,
                 "token for which": Lock.HELD_SINCE_TOKEN, "magic": Placed.MAGIC, "bits 0–15: cells": Placed.SIZE,
                 "life": Placed.LIFE}  # fmt: skip
        placed = section("Locks placed in a region")
        for row in rows(placed):
            if row[0].isdigit() and len(row) == 2:
                field = next(name for name in names if f"{row[1]} |".startswith(name))
                self.assertEqual(int(row[0]), names.pop(field), row)
        self.assertEqual({}, names)
        self.assertIn(f"Locks placed in a region, {Placed.BYTES} bytes each", DOCUMENT)
        self.assertIn("the bytes `HFLOCK` in the low 48 bits, kind in bits 48–55, options in bits 56–63", placed)
        self.assertEqual(b"HFLOCK\2\3", Placed.pack_magic(2, 3).to_bytes(8, "little"))
        self.assertIn("`0x9E3779B97F4A7C15`", placed)
        self.assertEqual(0x9E3779B97F4A7C15 ^ 7, Placed.life(7, 1))

    def test_sizes_areWhatTheDocumentSays(self) -> None:
        for title, size in (("Contexts, ", Context.BYTES), ("Locks, ", Lock.BYTES)):
            self.assertIn(f"## {title}{size} bytes each", DOCUMENT)
        self.assertIn("magic: the bytes `HFLOCKS1`", DOCUMENT)
        self.assertIn(f"label: {Context.LABEL_BYTES} bytes", DOCUMENT)
        self.assertIn(f"name, {Lock.NAME_BYTES} bytes", DOCUMENT)
        self.assertIn(f"held, {Context.HELD_WORDS} words", DOCUMENT)
        self.assertIn(f"openers, {Lock.OPENER_WORDS} words", DOCUMENT)
        self.assertIn(f"wait times, {Lock.BUCKETS} words", DOCUMENT)
        self.assertIn(
            f"Defaults: {layout.DEFAULT_CONTEXTS} contexts, {layout.DEFAULT_LOCKS} locks, {layout.DEFAULT_CELLS} cells",
            DOCUMENT,
        )
        for field, low, high in (
            ("contexts", layout.CONTEXTS_MIN, layout.CONTEXTS_MAX),
            ("locks", 1, layout.LOCKS_MAX),
            ("cells", layout.CELLS_MIN, layout.CELLS_MAX),
        ):
            self.assertIn(f"| {field}: capacity, {low}–{high} |", DOCUMENT)

    def test_tables_areWhatTheDocumentSays(self) -> None:
        table = {row[0]: row[1:] for row in rows(section("Header")) if len(row) == 3 and row[2].isdigit()}
        self.assertEqual(["doorbells", "waits", "contexts", "locks", "cells"], list(table))
        counts = {"participants": 128, "contexts": 65, "locks": 7, "cells": 600}
        tables = layout.tables(*counts.values())
        position = Header.BYTES
        for start, (count, stride) in zip(tables[4:9], table.values()):
            self.assertEqual(position, start)
            position += -(-counts[count] * int(stride) // 4096) * 4096
        self.assertEqual(position, tables.size)

    def test_modes_areWhatTheDocumentSays(self) -> None:
        names = {row[0].split()[1]: int(row[0].split()[0]) for row in rows(section("Wait word")) if row[0][0].isdigit()}
        self.assertEqual(names, {name: getattr(Wait, name) for name in names})
        self.assertEqual(6, len(names))

    def test_kindsAndPriorities_areWhatTheDocumentSays(self) -> None:
        self.assertIn("kind: 1 mutex, 2 read-write lock, 3 semaphore, 4 condition", DOCUMENT)
        self.assertEqual((1, 2, 3, 4), (Lock.MUTEX_KIND, Lock.READ_WRITE, Lock.SEMAPHORE, Lock.CONDITION))
        self.assertIn(", ".join(f"{number} {name}" for name, number in PRIORITIES.items()), DOCUMENT)

    def test_ownerWord_fields(self) -> None:
        word = Owner.W | Owner.D | Owner.X | Owner.identity(8189, 0x7FFFFFFF0003)
        self.assertEqual(0xFFFE7FFFFFFF0003, word)
        self.assertEqual((8189, 0x7FFFFFFF0003), (Owner.context(word), word & Owner.HANDLE))
        self.assertTrue(Owner.free(Owner.W | Owner.D))
        self.assertFalse(Owner.free(Owner.NOT_RECOVERABLE))
        self.assertTrue(Owner.lost(Owner.NOT_RECOVERABLE | Owner.W | Owner.D | Owner.X))
        self.assertFalse(Owner.lost(word))

    def test_waitWord_fields(self) -> None:
        word = Wait.G | Wait.pack(Wait.DRAIN, Wait.P | 5 << 42 | 77)
        self.assertEqual(0xD80014000000004D, word)
        self.assertEqual((Wait.DRAIN, Wait.P | 5 << 42 | 77), (Wait.mode(word), Wait.key(word)))

    def test_bucket_boundaries(self) -> None:
        found = [layout.bucket(nanos) for nanos in (0, 1_999, 2_000, 3_999, 4_000, 1 << 62)]
        self.assertEqual([0, 0, 1, 1, 2, 19], found)


if __name__ == "__main__":
    unittest.main()
