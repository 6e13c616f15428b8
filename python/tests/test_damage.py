"""Damaged shared memory is a typed error, never a crash."""

from __future__ import annotations

import os
import random
import unittest
from unittest import mock

import holdfast
from holdfast import _lifecycle, _os
from holdfast import _layout as layout
from holdfast._layout import Catalog, Header, Participant, Region, State
from support import SpaceTest, rewrite_header


class HeaderDamageTest(SpaceTest):
    """A space with a region that nobody has open, its header changed."""

    def setUp(self) -> None:
        super().setUp()
        with self.open() as space:
            space.create("a", 10, policy="manual").close()
            self.place = space._member.place

    def change(self, offset: int, value: int, mend: bool = True) -> None:
        descriptor = _os.open_shared(self.place.control_name, writable=True)
        raw = bytearray(os.pread(descriptor, Header.BYTES, 0))
        if mend:
            rewrite_header(raw, offset, value)
        else:
            raw[offset : offset + 8] = value.to_bytes(8, "little")
        os.pwrite(descriptor, raw, 0)
        os.close(descriptor)

    def test_header_anyFieldChanged_isTyped(self) -> None:
        for offset, value, error in (
            (Header.MAJOR, 2, holdfast.LayoutMismatch),
            (Header.REQUIRED, 1, holdfast.LayoutMismatch),
            (Header.BYTE_ORDER, 0x0807060504030201, holdfast.LayoutMismatch),
            (Header.SIZE, 8192, holdfast.Corrupted),
            (Header.PARTICIPANTS, 65, holdfast.Corrupted),
            (Header.PARTICIPANTS, 128, holdfast.Corrupted),
            (Header.REGIONS, 1 << 63, holdfast.Corrupted),
            (Header.EVENTS, 65, holdfast.Corrupted),
            (Header.SECTION_COUNT, 16, holdfast.Corrupted),
            (Header.SECTION_COUNT, 6, holdfast.Corrupted),
            (Header.NAME_LENGTH, 1 << 40, holdfast.Corrupted),
            (Header.NAME, 0x4141414141414141, holdfast.Corrupted),
            (Header.SECTIONS + 8, 1 << 40, holdfast.Corrupted),
            (Header.SECTIONS + 8, 4100, holdfast.Corrupted),
            (Header.SECTIONS + 16, 1 << 63, holdfast.Corrupted),
            (Header.SECTIONS + 24, 8, holdfast.Corrupted),
        ):
            with self.subTest(offset=offset, value=value):
                descriptor = _os.open_shared(self.place.control_name, writable=False)
                before = os.pread(descriptor, Header.BYTES, 0)
                os.close(descriptor)
                self.change(offset, value)
                with self.assertRaises(error):
                    self.open()
                descriptor = _os.open_shared(self.place.control_name, writable=True)
                os.pwrite(descriptor, before, 0)
                os.close(descriptor)
        with self.open() as space:
            space.remove("a")

    def test_header_crcWrong_isCorruptedAndNothingIsRemoved(self) -> None:
        self.change(Header.BOOT_HIGH, 1, mend=False)
        with self.assertRaisesRegex(holdfast.Corrupted, "crc="):
            self.open()
        self.assertEqual(2, len(_os.list_shared(f"/hf-{self.place.hash}-")))

    def test_header_magicWrong_isCorrupted(self) -> None:
        self.change(Header.MAGIC, 1)
        with self.assertRaisesRegex(holdfast.Corrupted, "magic"):
            self.open()

    def test_optionalFeaturesAndMinor_areTolerated(self) -> None:
        self.change(Header.OPTIONAL, 1 << 63)
        self.change(Header.MINOR, 99)
        with self.open() as space:
            space.remove("a")

    def test_unknownSection_isIgnored(self) -> None:
        start = Header.SECTIONS + 7 * Header.SECTION_BYTES
        for column, value in enumerate((77, 1 << 60, 1, 1)):
            self.change(start + 8 * column, value)
        self.change(Header.SECTION_COUNT, 8)
        with self.open() as space:
            space.remove("a")


class TableDamageTest(SpaceTest):
    def test_entry_anyByteChanged_isCorrupted(self) -> None:
        with self.open() as space:
            space.create("a", 10, policy="manual").close()
            words, offset = space._member.control.words, space._member.control.region(0)
            for at in (Region.SIZE, Region.BACKING, Region.HANDLE, Region.NAME_LENGTH, Region.NAME, Region.METADATA + 248, Region.CRC):
                with self.subTest(at=at):
                    words.fetch_add(offset + at, 1)
                    for use in (lambda: space.open("a"), lambda: list(space), lambda: space.remove("r10000")):
                        with self.assertRaises(holdfast.Corrupted):
                            use()
                    words.fetch_add(offset + at, -1)
            self.assertEqual((), next(iter(space)).holders)
            space.remove("a")
            self.assert_sound(space)

    def test_regions_onDamage_tellsOfTheDamagedAndReturnsTheSound(self) -> None:
        with self.open() as space:
            for name in ("a", "b", "c"):
                space.create(name, 10, policy="manual").close()
            words, at = space._member.control.words, space._member.control.region(1) + Region.NAME
            words.fetch_add(at, 1)
            damaged: list[holdfast.Corrupted] = []
            self.assertEqual(["a", "c"], [info.name for info in space.regions(on_damage=damaged.append)])
            self.assertRegex(str(damaged), r"^\[Corrupted\(.region entry is damaged: .*region=r10001, crc=")
            with self.assertRaises(holdfast.Corrupted):
                space.regions()
            words.fetch_add(at, -1)
            for name in ("a", "b", "c"):
                space.remove(name)

    def test_highSlot_outOfRange_isCorrupted(self) -> None:
        with self.open() as space:
            control = space._member.control
            control.set_cell(Catalog.HIGH_SLOT, 1 << 50)
            with self.assertRaises(holdfast.Corrupted):
                list(space)
            control.set_cell(Catalog.HIGH_SLOT, 0)

    def test_words_outsideTheMapping_areRefused(self) -> None:
        with self.open() as space:
            words = space._member.control.words
            for offset in (-8, words.size, words.size - 4, 4, 1 << 62):
                with self.assertRaises(IndexError):
                    words.get(offset)
            with self.assertRaises(IndexError):
                words.read(words.size - 4, 8)

    def test_state_unknown_isNoRegion(self) -> None:
        with self.open() as space:
            space.create("a", 10, policy="manual").close()
            control, live = space._member.control, space._member.control.state(0)
            control.change_state(0, live, State.pack(77, State.generation(live), 60000))
            with self.assertRaises(holdfast.RegionNotFound):
                space.open("a")
            self.assertEqual("state-77", next(iter(space)).state)
            control.words.set(control.state_offset(0), live)
            space.remove("a")

    def test_randomBytesOverTheTables_areTypedErrors(self) -> None:
        seed = int(os.environ.get("HOLDFAST_SEED", random.randrange(1 << 32)))
        chance = random.Random(seed)
        patience = mock.patch.object(_lifecycle, "WAIT_SECONDS", 0.01)  # for actors that do not exist
        patience.start()
        self.addCleanup(patience.stop)
        with self.subTest(seed=seed):
            for _ in range(30):
                space = self.open(f"wild{chance.randrange(1 << 32)}")
                control = space._member.control
                space.create("a", 10, policy="manual").close()
                start, own = control.catalog, control.participant(space._member.slot)
                for _ in range(200):
                    offset = chance.randrange(start // 8, control.words.size // 8) * 8
                    if not own <= offset < own + Participant.BYTES:
                        control.words.set(offset, chance.randrange(1 << 64))
                control.words.fetch_or(control.state_offset(0), chance.randrange(1 << 64))
                for use in (
                    lambda: list(space),
                    lambda: space.open("a"),
                    lambda: space.events(),
                    lambda: space.participants(),
                    lambda: space.sweep(),
                    lambda: space.create("b", 10).close(),
                    lambda: space.remove("a"),
                ):
                    try:
                        use()
                    except holdfast.HoldfastError:
                        pass
                space.close()

    def test_handle_parts(self) -> None:
        value = layout.handle(5, 9)
        self.assertEqual((5, 9), (layout.handle_slot(value), layout.handle_generation(value)))


if __name__ == "__main__":
    unittest.main()
