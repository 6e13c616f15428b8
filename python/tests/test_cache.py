"""The shared cache: what it does, and what is left of it when somebody dies in the middle."""

from __future__ import annotations

import json
import mmap
import random
import re
import signal
import threading
import unittest
from typing import Callable, Optional
from unittest import mock

import holdfast
from holdfast import SharedCache
from holdfast import _layout as layout
from holdfast import cache as cache_module
from holdfast._cachelayout import Block, CacheGeometry, CacheHeader, Cell, Seat, Slot, key_hash
from holdfast._cachetable import CacheTable
from holdfast._watch import Watch
from holdfast._words import Words, word_at
from support import REPOSITORY, SpaceTest, exit_code, forked, rewrite_header
from test_crash_points import die_before
from test_golden import GOLDEN, compare_listed

DOCUMENT = (REPOSITORY / "docs/layout/shared-cache.md").read_text(encoding="utf-8")
TINY = CacheGeometry(4096 * 6 + 12 * 32, 64, 2, 6, 12, 32, 160)
_POINTS_MAX = 200


def sound_entries(table: CacheTable) -> dict[bytes, bytes]:
    """What is in the cache, by key; nothing may be half-made, lost, or there twice."""
    geometry, words = table._geometry, table._words
    cells: dict[int, int] = {}
    for index in range(geometry.sets * Cell.COUNT):
        cell = words.get(geometry.sets_offset + index * 8)
        if cell:
            assert Cell.slot(cell) not in cells, f"two cells of slot {Cell.slot(cell)}"
            cells[Cell.slot(cell)] = Cell.generation(cell)
    entries: dict[bytes, bytes] = {}
    used: set[int] = set()
    for slot in range(geometry.slots):
        word = table._word(slot)
        assert Slot.state(word) != Slot.FILLING, f"slot {slot} is being filled"
        live = Slot.state(word) == Slot.LIVE
        assert cells.get(slot) == (word >> 32 if live else None), f"cell of slot {slot}"
        if live:
            key_bytes, value_bytes = table._lengths(slot)
            chain = table._blocks_of(slot)
            assert not used & set(chain), f"a block of slot {slot} is another one's, too"
            used |= set(chain)
            content = table._content(slot, key_bytes + value_bytes)
            assert content is not None and content[:key_bytes] not in entries, f"key of slot {slot}"
            entries[content[:key_bytes]] = content[key_bytes:]
    for block in range(geometry.blocks):
        assert table._is_free(table._owner(block)) == (block not in used), f"block {block}"
    return entries


class CacheTest(SpaceTest):
    def setUp(self) -> None:
        super().setUp()
        self.space = self.open()

    def cache(self, space: Optional[holdfast.Space] = None, **options: object) -> SharedCache:
        options.setdefault("size", 1 << 17)
        options.setdefault("entry_size", 128)
        cache = SharedCache.open_or_create(space or self.space, "cache", **options)  # type: ignore[arg-type]
        self.addCleanup(cache.close)
        return cache

    def test_put_is_found_by_another_participant(self) -> None:
        mine = self.cache()
        with self.open() as other, SharedCache.open(other, "cache") as theirs:
            self.assertTrue(mine.put("k", b"v"))
            self.assertEqual(b"v", theirs.get("k"))
            self.assertIn("k", theirs)
            self.assertTrue(theirs.remove("k"))
            self.assertFalse(theirs.remove("k"))
        self.assertIsNone(mine.get("k"))
        self.assertEqual("none", mine.get("k", "none"))
        self.assertEqual((1, 2, 1, 0, 1, 0, 0, 0, 0), mine.stats())

    def test_anything_while_there_is_room_is_what_a_dict_does(self) -> None:
        seed = random.randrange(1 << 32)
        chance, cache, oracle = random.Random(seed), self.cache(), {}
        for turn in range(3000):
            key = f"key{chance.randrange(60)}" + "x" * 30 * chance.randrange(3)
            what = chance.randrange(4)
            if what == 0:
                oracle[key] = bytes([chance.randrange(256)]) * chance.randrange(200)
                self.assertTrue(cache.put(key, oracle[key]))
            elif what == 1:
                self.assertEqual(oracle.pop(key, None) is not None, cache.remove(key), (seed, turn))
            else:
                self.assertEqual(oracle.get(key), cache.get(key), (seed, turn))
        entries = sound_entries(cache._table())
        self.assertEqual(oracle, {key.decode(): value for key, value in entries.items()})

    def test_more_than_fits_keeps_what_is_used(self) -> None:
        cache = self.cache()
        cache.put("hot", b"value")
        for number in range(3 * cache.usage().entries_max):
            self.assertTrue(cache.put(f"cold{number}", b"v" * 50))
            self.assertEqual(b"value", cache.get("hot"))
        usage = cache.usage()
        self.assertEqual(1 << 17, usage.size)
        self.assertEqual(0, usage.filling)
        self.assertGreater(usage.entries, usage.entries_max * 3 // 4)
        self.assertLessEqual(usage.used_bytes, usage.usable_bytes)
        sound_entries(cache._table())
        cache.clear()
        self.assertEqual(0, cache.usage().used_bytes)

    def test_every_length_around_blocks(self) -> None:
        cache = self.cache(keys="bytes")
        for key in (b"", b"k" * 63, b"k" * 64, b"k" * 65):
            for length in (0, 1, 63, 64, 65, 128, 1000):
                self.assertTrue(cache.put(key, b"v" * length))
                self.assertEqual(b"v" * length, cache.get(key))
        with self.assertRaisesRegex(ValueError, "larger than this cache takes"):
            cache.put(b"", b"v" * (cache.entry_bytes_max + 1))

    def test_time_to_live(self) -> None:
        cache = self.cache(time_to_live=1e-9)
        cache.put("short", b"v")
        cache.put("long", b"v", 3600)
        self.assertIsNone(cache.get("short"))
        self.assertEqual(b"v", cache.get("long"))
        cache.put("short", b"v")
        self.assertEqual(1, cache.sweep())
        for senseless in (0, -1, -0.0, float("-inf"), float("nan")):
            with self.assertRaisesRegex(ValueError, f"positive: seconds={senseless}"):
                cache.put("k", b"v", senseless)

    def test_time_to_live_of_more_nanoseconds_than_a_signed_word_is_for_ever(self) -> None:
        for seconds in ((2**63 - 1) / 1e9, 9.5e9, 1.9e10, 10**400, float("inf")):
            with self.subTest(seconds=seconds), self.cache(time_to_live=seconds) as cache:
                cache.put("k", b"v", seconds)
                self.assertEqual(b"v", cache.get("k"))
                table = cache._table()
                expires = {table._field(slot, Slot.EXPIRES) for slot in range(table._geometry.slots)}
                self.assertEqual({Slot.NEVER}, expires)
        with self.cache() as cache:
            for seconds in (3e7, 9.2e9):
                cache.put("k", b"v", seconds)
                self.assertEqual(b"v", cache.get("k"))

    def test_handle_names_one_entry_only(self) -> None:
        cache = self.cache()
        cache.put("k", b"v")
        handle = cache.handle("k")
        assert handle is not None
        self.assertEqual(b"v", cache.get_by_handle(handle))
        cache.put("k", b"w")
        self.assertIsNone(cache.get_by_handle(handle))
        self.assertIsNone(cache.handle("none"))
        self.assertEqual("gone", cache.get_by_handle(12345, "gone"))

    def test_codecs(self) -> None:
        class Upper:
            name = "upper"

            def encode(self, value: str) -> bytes:
                return value.upper().encode()

            def decode(self, data: bytes) -> str:
                return data.decode()

        with self.cache(keys="int64", values=Upper()) as cache:
            cache.put(-1, "v")
            self.assertEqual("V", cache.get(-1))
            with self.assertRaisesRegex(holdfast.LayoutMismatch, "keys='int64', expected='utf8'"):
                SharedCache.open(self.space, "cache")
        with self.assertRaisesRegex(ValueError, "no such codec"):
            self.cache(keys="json")

    def test_different_keys_never_have_the_same_bytes(self) -> None:
        cache = self.cache(values="utf8")
        for half in ("a\ud800", "\udc00a", "?\ud800x"):
            for use in (cache.get, cache.remove, lambda key: cache.put(key, "v"), lambda value: cache.put("k", value)):
                with self.assertRaisesRegex(UnicodeEncodeError, "surrogates not allowed"):
                    use(half)
        self.assertEqual(0, cache.usage().entries)
        for whole in ("", "?", "a?", "\ufffd", "\U0001f600"):
            cache.put(whole, whole)
            self.assertEqual(whole, cache.get(whole))
        with self.assertRaises(TypeError):
            cache_module._codec("bytes").encode(5)  # not the key of five zeros
        with self.assertRaises(UnicodeDecodeError):
            cache_module._codec("utf8").decode(b"a\xc3")

    def test_another_size_is_refused(self) -> None:
        self.cache()
        with self.assertRaisesRegex(holdfast.LayoutMismatch, "open it as it is, or remove it"):
            self.cache(size=1 << 18)
        with self.assertRaisesRegex(ValueError, "too little memory"):
            SharedCache.open_or_create(self.space, "tiny", 4096)

    def test_region_of_something_else_is_refused_and_its_bytes_stay(self) -> None:
        for owner_lives in (True, False):
            for size in (8, 4095, 1 << 16, 1 << 17):
                for content in (b"D", b"\0"):  # zeros are what a cache is before it has a header
                    with self.subTest(owner_lives=owner_lives, size=size, content=content):
                        self.refuse(content * size, owner_lives)

    def refuse(self, content: bytes, owner_lives: bool) -> None:
        with self.open() as owner:
            region = owner.create("cache", len(content), policy="manual")
            region.view[:] = content
            if not owner_lives:
                owner.close()
            with self.assertRaisesRegex(holdfast.LayoutMismatch, "the region is something else"):
                self.cache()
            with self.assertRaisesRegex(holdfast.LayoutMismatch, "the region is something else"):
                SharedCache.open(self.space, "cache")
            with self.space.open("cache") as there:
                self.assertEqual((region.id, content), (there.id, bytes(there.view)))
            self.space.remove("cache")

    def test_damaged_header_is_refused(self) -> None:
        with self.cache(), self.space.open("cache", writable=True) as region:
            sound = bytes(region.view[: CacheHeader.READY])
            for offset in range(0, CacheHeader.RESERVED, 3):
                region.view[: CacheHeader.READY] = sound
                region.view[offset] ^= 0x20
                with self.assertRaises(holdfast.LayoutMismatch, msg=f"byte {offset}"):
                    SharedCache.open(self.space, "cache")

    def test_header_that_is_not_ready_is_refused(self) -> None:
        with self.cache(), self.space.open("cache", writable=True) as region:
            region.view[CacheHeader.READY] = 0
            with self.assertRaisesRegex(holdfast.LayoutMismatch, "ready=0, expected=1"):
                SharedCache.open(self.space, "cache")

    def test_maker_does_not_finish(self) -> None:
        def fill(_: memoryview) -> None:
            with mock.patch.object(cache_module, "_MAKING_SECONDS", 0):
                with self.assertRaisesRegex(holdfast.LayoutMismatch, "its maker lives but has not finished it"):
                    self.cache()

        with self.open() as maker, maker.create("cache", 1 << 17, fill=fill) as made:
            self.assertEqual([made.id], [region.id for region in self.space])

    def test_close(self) -> None:
        cache = self.cache()
        cache.close()
        cache.close()
        with self.assertRaises(holdfast.Closed):
            cache.get("k")
        self.assertEqual([], list(self.space))
        self.assertEqual("SharedCache('cache', utf8 -> bytes)", repr(cache))
        other = self.cache()
        self.space.close()
        with self.assertRaises(holdfast.Closed):
            other.put("k", b"v")

    def test_forked_child_has_a_seat_of_its_own(self) -> None:
        cache = self.cache()
        cache.put("k", b"parent")

        def child() -> None:
            assert cache.get("k") == b"parent"
            assert cache.put("k", b"child")

        self.assertEqual(0, exit_code(forked(child)))
        self.assertEqual(b"child", cache.get("k"))

    def test_remove_leaves_alone_what_is_put_while_it_removes(self) -> None:
        cache = self.cache()
        with self.open() as other, SharedCache.open(other, "cache") as theirs:
            cache.put("k", b"old")
            take_out = CacheTable._take_out

            def interrupted(table: CacheTable, *cell: int) -> bool:
                done = take_out(table, *cell)
                if not theirs.get("k"):
                    theirs.put("k", b"new")
                return done

            with mock.patch.object(CacheTable, "_take_out", interrupted):
                self.assertTrue(cache.remove("k"))
            self.assertEqual(b"new", theirs.get("k"))
            self.assertEqual(1, cache.stats().explicit)

    def test_threads(self) -> None:
        cache, problems = self.cache(), []

        def work(seed: int) -> None:
            chance = random.Random(seed)
            for _ in range(300):
                key = f"k{chance.randrange(5)}"
                cache.put(key, key.encode() * chance.randrange(1, 60))
                found = cache.get(key)
                if found is not None and found.replace(key.encode(), b""):
                    problems.append(found)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], problems)
        sound_entries(cache._table())


class CacheDamageTest(unittest.TestCase):
    """Tables that hold what no participant writes."""

    GEOMETRY = TINY._replace(sets=1)

    def setUp(self) -> None:
        self.words = Words(mmap.mmap(-1, self.GEOMETRY.size))
        self.table = CacheTable(self.words, self.GEOMETRY, 7, lambda: 0, set)

    def set_every(self, field: int, value: int) -> None:
        for slot in range(self.GEOMETRY.slots):
            self.words.set(self.GEOMETRY.slots_offset + slot * Slot.BYTES + field, value)

    def test_every_cell_of_a_set_leads_nowhere(self) -> None:
        other_tag = key_hash(b"k", 7) >> 56 ^ 1
        for slot_and_one in (0, self.GEOMETRY.slots + 1, Cell.SLOTS_MAX, 5):
            for index in range(Cell.COUNT):
                self.words.set(self.GEOMETRY.sets_offset + 8 * index, 77 << 32 | other_tag << 24 | slot_and_one)
            with self.subTest(slot_and_one=slot_and_one):
                self.assertTrue(self.table.put(b"k", b"v", 0))
                self.assertEqual(b"v", self.table.get(b"k"))
                self.table.clear()

    def test_cells_of_the_very_key_lead_nowhere(self) -> None:
        cell = Cell.of(5, 77, key_hash(b"k", 7))
        for act, expected in (
            (lambda: self.table.get(b"k"), None),
            (lambda: self.table.put(b"k", b"v", 0), True),
            (lambda: self.table.remove(b"k"), False),
            (lambda: self.table.handle(b"k"), 0),
        ):
            self.table.clear()
            for index in range(Cell.COUNT):
                self.words.set(self.GEOMETRY.sets_offset + 8 * index, cell)
            self.assertEqual(expected, act())

    def test_head_or_length_of_an_entry_damaged_does_not_hold_up_its_key(self) -> None:
        for field, value in ((Slot.FIRST_BLOCK, 0), (Slot.LENGTHS, (2**31 - 1) << 32 | 1)):
            with self.subTest(field=field):
                self.table.put(b"k", b"old", 0)
                self.set_every(field, value)
                self.assertTrue(self.table.put(b"k", b"new", 0))
                self.assertEqual(b"new", self.table.get(b"k"))
                self.table.clear()

    def test_put_that_is_interrupted_leaves_a_sound_table(self) -> None:
        for step in ("_fill", "_publish", "_remove_duplicates", "_replace", "_free_slot"):
            with self.subTest(step=step):
                self.table.put(b"k", b"old", 0)
                whole = getattr(self.table, step)

                def interrupted(*arguments: object) -> None:
                    whole(*arguments)
                    raise KeyboardInterrupt

                with mock.patch.object(self.table, step, interrupted):
                    for key in (b"k", b"other"):
                        try:
                            self.table.put(key, b"new", 0)
                        except KeyboardInterrupt:
                            pass
                self.assertIn(self.table.get(b"k"), (b"old", b"new"))
                self.assertTrue(self.table.put(b"k", b"newer", 0))
                self.assertEqual(b"newer", self.table.get(b"k"))
                self.table.sweep()
                sound_entries(self.table)
                self.table.clear()

    def test_every_frequency_damaged(self) -> None:
        for frequency in (4, 1 << 40, (1 << 64) - 1):
            for number in range(self.GEOMETRY.slots):
                self.table.put(b"k%d" % number, b"v", 0)
            self.set_every(Slot.FREQUENCY, frequency)
            with self.subTest(frequency=frequency):
                self.assertTrue(self.table.put(b"new", b"v", 0))
                self.assertEqual(b"v", self.table.get(b"new"))
                self.table.clear()


class CacheClockTest(unittest.TestCase):
    def test_time_is_measured_where_the_clock_crosses_zero_and_the_end(self) -> None:
        table = CacheTable(Words(mmap.mmap(-1, TINY.size)), TINY, 7, lambda: 0, set)
        for start in (-50, -100, 2**63 - 51, 2**64 - 50):
            for after, found in ((0, b"v"), (99, b"v"), (100, None), (101, None), (2**63 - 1, None)):
                with self.subTest(start=start, after=after):
                    with mock.patch("time.monotonic_ns", return_value=start):
                        table.put(b"k", b"v", 100)
                    with mock.patch("time.monotonic_ns", return_value=start + after):
                        # an end that would be the word for none is a nanosecond later
                        self.assertEqual(b"v" if (start, after) == (-100, 100) else found, table.get(b"k"))

    def test_expiry_that_lies_more_than_a_signed_word_ahead_is_over_as_in_java(self) -> None:
        words = Words(mmap.mmap(-1, TINY.size))
        table = CacheTable(words, TINY, 7, lambda: 0, set)
        for ahead, found in ((2**63 - 1, b"v"), (2**63, None), (2**64 - 1, None)):
            table.put(b"k", b"v", 0)
            with mock.patch("time.monotonic_ns", return_value=1000):
                slot = Block.slot(table.handle(b"k"))
                words.set(TINY.slots_offset + slot * Slot.BYTES + Slot.EXPIRES, (1000 + ahead) % 2**64)
                self.assertEqual(found, table.get(b"k"))


class CacheCrashPointTest(SpaceTest):
    """A forked child is killed with SIGKILL before each of its stores; a survivor looks."""

    def setUp(self) -> None:
        super().setUp()
        for look in ("_follow_newcomers", "_look_after_children"):
            patch = mock.patch.object(Watch, look)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(CacheGeometry, "of", return_value=TINY)
        patch.start()
        self.addCleanup(patch.stop)
        self.space = self.open()
        self.survivor = SharedCache.open_or_create(self.space, "cache", TINY.size)
        self.addCleanup(self.survivor.close)

    def visit(self, prepare: Callable[[], object], act: Callable[[SharedCache], object]) -> list[dict[bytes, bytes]]:
        """What was left after the death at each point, and at last after none."""
        left = []
        for point in range(1, _POINTS_MAX):
            self.survivor.clear()
            prepare()

            def victim() -> None:
                self.survivor._seat()
                die_before(point)
                act(self.survivor)

            code = exit_code(forked(victim))
            self.space.sweep()
            self.survivor.sweep()
            with self.subTest(point=point):
                left.append(sound_entries(self.survivor._table()))
            if code == 0:
                return left
            self.assertEqual(-signal.SIGKILL, code)
        self.fail(f"the operation has more than {_POINTS_MAX} points")

    def test_open_or_create_leaves_a_whole_cache_or_none(self) -> None:
        found = []
        for point in range(1, _POINTS_MAX):

            def victim() -> None:
                die_before(point)
                SharedCache.open_or_create(self.space, "new", TINY.size, policy="manual")

            code = exit_code(forked(victim))
            self.space.sweep()
            with self.subTest(point=point):
                found.append("new" in [region.name for region in self.space])
                with SharedCache.open_or_create(self.space, "new", TINY.size, policy="manual") as cache:
                    self.assertTrue(cache.put("k", b"v"))
                self.space.remove("new")
            if code == 0:
                self.assertEqual({True, False}, set(found))
                return
            self.assertEqual(-signal.SIGKILL, code)
        self.fail(f"the operation has more than {_POINTS_MAX} points")

    def test_put(self) -> None:
        left = self.visit(lambda: None, lambda cache: cache.put("k", b"new" * 20))
        self.assertGreater(len(left), 12)
        self.assertLessEqual({str(each) for each in left}, {str({}), str({b"k": b"new" * 20})})

    def test_replace_keeps_the_old_value_or_has_the_new(self) -> None:
        left = self.visit(lambda: self.survivor.put("k", b"old"), lambda cache: cache.put("k", b"new" * 20))
        self.assertEqual({b"old", b"new" * 20}, {each[b"k"] for each in left})

    def test_put_into_a_full_cache_loses_one_entry_at_most(self) -> None:
        def fill() -> None:
            for number in range(TINY.slots):
                self.survivor.put(f"f{number}", b"v" * 40)

        for each in self.visit(fill, lambda cache: cache.put("new", b"n")):
            self.assertGreaterEqual(len([key for key in each if key.startswith(b"f")]), TINY.slots - 1)

    def test_remove(self) -> None:
        left = self.visit(lambda: self.survivor.put("k", b"old"), lambda cache: cache.remove("k"))
        self.assertEqual([{b"k": b"old"}, {}], [left[0], left[-1]])

    def test_get(self) -> None:
        left = self.visit(lambda: self.survivor.put("k", b"old"), lambda cache: cache.get("k"))
        self.assertTrue(all(each == {b"k": b"old"} for each in left))


class CacheLayoutTest(unittest.TestCase):
    """The constants against docs/layout/shared-cache.md."""

    def rows(self, heading: str) -> list[int]:
        part = DOCUMENT.split(f"\n## {heading}", 1)[1]
        rows = []
        for line in part.splitlines():
            row = re.match(r"\| (\d+) \|", line)
            if row:
                rows.append(int(row.group(1)))
            elif rows and not line.startswith("|"):
                break
        return rows

    def offsets(self, fields: type, without: tuple[str, ...]) -> list[int]:
        return sorted(
            value
            for name, value in vars(fields).items()
            if isinstance(value, int) and name.isupper() and name not in without
        )

    def test_tables(self) -> None:
        constants = ("BYTES", "MAJOR_VERSION", "MINOR_VERSION", "BYTE_ORDER_MARK", "CODEC_NAME_BYTES")
        self.assertEqual(self.offsets(CacheHeader, constants), self.rows("Header: bytes 0–4095"))
        self.assertEqual(self.offsets(Seat, ("BYTES",)), self.rows(f"Seats, {Seat.BYTES} bytes each"))
        states = ("BYTES", "FREE", "FILLING", "LIVE", "FREQUENCY_MAX", "NEVER")
        self.assertEqual(self.offsets(Slot, states), self.rows(f"Slots, {Slot.BYTES} bytes each"))
        self.assertEqual([Block.OWNER, Block.NEXT], self.rows(f"Block words, {Block.WORDS_BYTES} bytes a block"))

    def test_bit_fields(self) -> None:
        self.assertEqual(0x9000_0001_AB00_0005, Cell.of(4, 0x9000_0001, 0xAB << 56))
        self.assertEqual(3 << 32 | 8 << 16 | 1, Slot.filling(3, 7))
        self.assertEqual(1, Slot.next_generation(0xFFFF_FFFF << 32))
        first = Slot.first_block([4, 5, 6, 9])
        self.assertEqual((2 << 32 | 5, 4, 3), (first, Slot.block(first), Slot.row(first)))
        self.assertEqual((0, -1), (Slot.first_block([]), Slot.block(0)))

    def test_geometry_and_hash_are_those_of_every_language(self) -> None:
        self.assertEqual((1 << 18, 256, 512, 832, 1689, 64, 27008), CacheGeometry.of(1 << 18, 128, 256))
        self.assertEqual(0, key_hash(b"", 0))
        self.assertEqual(0xD8E856E5DF89FB3F, key_hash(b"frame-42", 7))
        self.assertEqual(0x19528BC42C5A538D, key_hash(b"a key of 29 bytes, not eight'", 0x1122334455667788))

    def test_golden(self) -> None:
        raw = (GOLDEN / "shared-cache-1.0.bin").read_bytes()
        compare_listed(self, raw, json.loads((GOLDEN / "shared-cache-1.0.json").read_text(encoding="utf-8")))
        codecs = cache_module._codec("utf8"), cache_module._codec("bytes")
        geometry = cache_module._check("golden", raw[: CacheHeader.BYTES], len(raw), *codecs)
        self.assertEqual((len(raw), 64, 2, 4, 8, 32, 64), geometry)
        blueprint = cache_module._Blueprint("golden", len(raw), 0, 60_000_000_000, *codecs, "manual")
        stamp = [word_at(raw, at) for at in (CacheHeader.INCARNATION, CacheHeader.CREATED, CacheHeader.HASH_SEED)]
        self.assertEqual(raw[: CacheHeader.READY], cache_module.pack_header(geometry, blueprint, *stamp))

        mapping = mmap.mmap(-1, len(raw))
        mapping[:] = raw
        table = CacheTable(Words(mapping), geometry, stamp[2], lambda: 0, lambda: {3 << 16})
        self.assertEqual((len(raw), 2, 4, 52, 4 * 32, 8 * 32, 1), table.usage())
        self.assertEqual(b"a value of two blocks, 37 bytes long.", table.get(b"frame-42"))
        self.assertIsNone(table.get(b"old"))
        self.assertEqual(1, table.recover_dead())
        self.assertEqual(0, table.usage().filling)

    def test_header_that_makes_no_sense_is_refused_though_its_checksum_fits(self) -> None:
        raw = bytearray((GOLDEN / "shared-cache-1.0.bin").read_bytes())
        rewrite_header(raw, CacheHeader.SETS, 3)
        self.assertEqual(layout.Header.CRC, CacheHeader.CRC)
        codecs = cache_module._codec("utf8"), cache_module._codec("bytes")
        with self.assertRaisesRegex(holdfast.LayoutMismatch, "makes no sense"):
            cache_module._check("golden", bytes(raw[: CacheHeader.BYTES]), len(raw), *codecs)


if __name__ == "__main__":
    unittest.main()
