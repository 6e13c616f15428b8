"""The shared cache itself: bytes to bytes, between processes, without a lock.

The protocol, store by store with what a death leaves, is ``docs/layout/shared-cache.md``; names here
are those of that page.
"""

from __future__ import annotations

import random
import time
from typing import Callable, NamedTuple, Optional

from ._cachelayout import MASK, Block, CacheGeometry, CacheHeader, Cell, Seat, Slot, key_hash
from ._words import Words, fence
from .errors import Corrupted

_ATTEMPTS_MAX = 10_000
_PROBES = 64
_ROUNDS_MAX = Slot.FREQUENCY_MAX + 1

_OTHER, _CHANGED, _EXPIRED = object(), object(), object()
_ABSENT, _MOVED = -1, -2


class CacheUsage(NamedTuple):
    """How full a shared cache is, counted when asked; see :meth:`SharedCache.usage`."""

    size: int
    entries: int
    entries_max: int
    entry_bytes: int
    used_bytes: int
    usable_bytes: int
    filling: int


class _Filling:
    """An entry on its way in: the slot and the blocks it has so far, and where to look for more."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.slot = -1
        self.generation = 0
        self.blocks: list[int] = []
        self.offered: list[int] = []


class _Cursor:
    """Where to look for something free: on from where something was found, so that neighbours stay
    together; somewhere else entirely where nothing was."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._jump = max(1, int(count * 0.6180339887498949))
        self.at = random.randrange(count)  # so that processes begin apart

    def step(self) -> None:
        """To the neighbour. So often as there are places, and every one was looked at."""
        self.at = (self.at + 1) % self._count

    def leap(self) -> None:
        """Far away; the places so reached lie evenly among all."""
        self.at = (self.at + self._jump) % self._count


class CacheTable:
    """**Sharing.** Any thread of any process. ``seat`` takes one's seat if it must and says which it is;
    ``living`` are the handles of the participants that live, as of each call."""

    def __init__(
        self,
        words: Words,
        geometry: CacheGeometry,
        seed: int,
        seat: Callable[[], int],
        living: Callable[[], set[int]],
    ) -> None:
        self._words = words
        self._geometry = geometry
        self._seed = seed
        self._seat = seat
        self._living = living
        self._slots = _Cursor(geometry.slots)
        self._blocks = _Cursor(geometry.blocks)

    # ---- words ---------------------------------------------------------------------------------

    def _set_at(self, hash_: int) -> int:
        return self._geometry.sets_offset + (hash_ & (self._geometry.sets - 1)) * Cell.COUNT * 8

    def _slot_at(self, slot: int) -> int:
        return self._geometry.slots_offset + slot * Slot.BYTES

    def _word(self, slot: int) -> int:
        return self._words.get(self._slot_at(slot) + Slot.WORD)

    def _field(self, slot: int, field: int) -> int:
        return self._words.get(self._slot_at(slot) + field)

    def _frequency(self, slot: int) -> int:
        """What is more than the most counts as the most: a damaged one goes as any other does."""
        return min(self._field(slot, Slot.FREQUENCY), Slot.FREQUENCY_MAX)

    def _holds(self, slot: int, generation: int) -> bool:
        """Whether there is such a slot, and it is in use at that generation."""
        return 0 <= slot < self._geometry.slots and Slot.holds(self._word(slot), generation)

    def _lengths(self, slot: int) -> tuple[int, int]:
        lengths = self._field(slot, Slot.LENGTHS)
        return lengths & 0xFFFFFFFF, lengths >> 32

    def _change(self, slot: int, old: int, new: int) -> bool:
        return self._words.compare_and_set(self._slot_at(slot) + Slot.WORD, old, new)

    def _cells(self, at: int) -> Optional[list[int]]:
        """The cells of a set, if they stood like that all at once."""
        get = self._words.get
        offsets = range(at, at + Cell.COUNT * 8, 8)
        cells = [get(offset) for offset in offsets]
        return cells if cells == [get(offset) for offset in offsets] else None

    def _change_cell(self, at: int, index: int, old: int, new: int) -> bool:
        return self._words.compare_and_set(at + index * 8, old, new)

    def _index_of(self, at: int, slot: int, generation: int) -> int:
        for index in range(Cell.COUNT):
            if Cell.refers_to(self._words.get(at + index * 8), slot, generation):
                return index
        return -1

    def _seat_at(self, seat: int) -> int:
        return self._geometry.seats_offset + seat * Seat.BYTES

    def _count(self, statistic: int, more: int = 1) -> None:
        self._words.fetch_add(self._seat_at(self._seat()) + statistic, more)

    def total(self, statistic: int) -> int:
        """A statistic of all seats together."""
        return sum(self._words.get(self._seat_at(seat) + statistic) for seat in range(self._geometry.seats)) & MASK

    # ---- slots and blocks ----------------------------------------------------------------------

    def _try_claim_slot(self, filling: _Filling, slot: int) -> bool:
        word = self._word(slot)
        if Slot.state(word) != Slot.FREE:
            return False
        generation = Slot.next_generation(word)
        if not self._change(slot, word, Slot.filling(generation, self._seat())):
            return False
        filling.slot, filling.generation = slot, generation
        return True

    def _free_slot(self, slot: int, generation: int) -> bool:
        while self._holds(slot, generation):
            word = self._word(slot)
            if Slot.holds(word, generation) and self._change(slot, word, Slot.free(generation)):
                return True
        return False

    def _words_of(self, block: int) -> int:
        return self._geometry.block_words_offset + block * Block.WORDS_BYTES

    def _owner(self, block: int) -> int:
        return self._words.get(self._words_of(block) + Block.OWNER)

    def _is_free(self, owner: int) -> bool:
        slot = Block.slot(owner)
        return not self._holds(slot, owner >> 32)

    def _try_claim_block(self, filling: _Filling, block: int) -> bool:
        owner = self._owner(block)
        mine = Block.owner(filling.slot, filling.generation)
        if not self._is_free(owner) or not self._words.compare_and_set(self._words_of(block) + Block.OWNER, owner, mine):
            return False
        filling.blocks.append(block)
        return True

    def _chain(self, first: int, length: int) -> list[int]:
        """The blocks of an entry of ``length`` bytes, as far as its links lead through the table."""
        chain: list[int] = []
        block = Slot.block(first)
        for _ in range(min(-(-length // self._geometry.block_bytes), self._geometry.blocks)):
            if not 0 <= block < self._geometry.blocks:
                break
            chain.append(block)
            block = self._words.get(self._words_of(block) + Block.NEXT) - 1
        return chain

    def _content(self, slot: int, length: int) -> Optional[bytes]:
        """The first ``length`` bytes of an entry; None if its links leave the table."""
        block_bytes, offset = self._geometry.block_bytes, self._geometry.blocks_offset
        first = self._field(slot, Slot.FIRST_BLOCK)
        block, row = Slot.block(first), Slot.row(first)
        if length <= row * block_bytes and 0 <= block <= self._geometry.blocks - row:
            return self._words.read(offset + block * block_bytes, length)
        chain = self._chain(first, length)
        if len(chain) * block_bytes < length:
            return None
        return b"".join(self._words.read(offset + block * block_bytes, block_bytes) for block in chain)[:length]

    # ---- looking up ----------------------------------------------------------------------------

    def get(self, key: bytes) -> Optional[bytes]:
        """The value of a key; None if there is none."""
        value = self._look_up(key)
        self._count(Seat.MISSES if value is None else Seat.HITS)
        return value

    def _look_up(self, key: bytes) -> Optional[bytes]:
        hash_ = key_hash(key, self._seed)
        at = self._set_at(hash_)
        for _ in range(_ATTEMPTS_MAX):
            found = self._look_up_once(key, hash_, at)
            if isinstance(found, bytes):
                return found
            if found is _EXPIRED:
                return None
            if found is _OTHER and self._find(at, key, hash_)[0] == _ABSENT:
                return None
        raise self._no_progress("get")

    def _look_up_once(self, key: bytes, hash_: int, at: int) -> object:
        for index in range(Cell.COUNT):
            cell = self._words.get(at + index * 8)
            if Cell.may_hold(cell, hash_):
                found = self._read(at, index, cell, key, hash_)
                if found is _EXPIRED:
                    self._take_out(at, index, cell, Seat.EXPIRED)
                if found is not _OTHER:
                    return found
        return _OTHER

    def _read(self, at: int, index: int, cell: int, key: bytes, hash_: int, value: bool = True) -> object:
        """The value behind a cell (the key, if not ``value``), ``_OTHER``, ``_CHANGED`` or ``_EXPIRED``.

        A cell that leads nowhere is emptied: a slot is freed only after its cell was taken away, so it is
        not there any more, or it is damaged.
        """
        slot, generation = Cell.slot(cell), Cell.generation(cell)
        if not self._holds(slot, generation):
            self._change_cell(at, index, cell, Cell.EMPTY)
            return _CHANGED
        found = self._read_unchecked(slot, key, hash_, value)
        expired = self._is_expired(slot)
        fence()  # nothing above is read later
        if not self._holds(slot, generation):
            return _CHANGED
        if not isinstance(found, bytes):
            return found
        if expired and value:
            return _EXPIRED
        if value:
            self._warm(slot)
        return found

    def _read_unchecked(self, slot: int, key: bytes, hash_: int, value: bool) -> object:
        """To be believed only if the slot's generation is the same afterwards."""
        key_bytes, value_bytes = self._lengths(slot)
        if self._field(slot, Slot.HASH) != hash_ or key_bytes != len(key) or self._content(slot, key_bytes) != key:
            return _OTHER
        if not value:
            return key
        length = key_bytes + value_bytes
        content = None if length > self._geometry.entry_bytes_max else self._content(slot, length)
        return _CHANGED if content is None else content[key_bytes:]

    def _is_expired(self, slot: int) -> bool:
        expires = self._field(slot, Slot.EXPIRES)
        left = (expires - time.monotonic_ns()) & MASK  # a signed word
        return expires != Slot.NEVER and not 0 < left < 1 << 63

    def _warm(self, slot: int) -> None:
        frequency = self._frequency(slot)
        if frequency < Slot.FREQUENCY_MAX:
            self._words.set(self._slot_at(slot) + Slot.FREQUENCY, frequency + 1)

    # ---- putting -------------------------------------------------------------------------------

    def put(self, key: bytes, value: bytes, time_to_live_ns: int) -> bool:
        """Puts an entry; False if no room could be made, and then nothing stands under the key any more."""
        length = len(key) + len(value)
        if length > self._geometry.entry_bytes_max:
            raise ValueError(
                f"entry is larger than this cache takes: key={len(key)} bytes, value={len(value)} bytes, "
                f"most={self._geometry.entry_bytes_max} bytes together"
            )
        hash_ = key_hash(key, self._seed)
        filling = _Filling(-(-length // self._geometry.block_bytes))
        published = False
        try:
            if self._claim_slot(filling) and self._claim_blocks(filling):
                self._fill(filling, hash_, key, value, time_to_live_ns)
                self._publish(filling, hash_, key)
                # fails if somebody took it out already
                self._change(
                    filling.slot,
                    Slot.filling(filling.generation, self._seat()),
                    Slot.live(filling.generation),
                )
                published = True
        finally:
            if not published and filling.slot >= 0:  # what one could not finish is settled as a dead one's is
                self._settle(filling.slot, Slot.filling(filling.generation, self._seat()))
        if not published:
            self._remove_all(key, hash_, Seat.EVICTED)
        self._count(Seat.PUTS if published else Seat.REFUSED)
        return published

    def _fill(self, filling: _Filling, hash_: int, key: bytes, value: bytes, time_to_live_ns: int) -> None:
        fence()  # the claim is seen before anything that is written below
        words, at = self._words, self._slot_at(filling.slot)
        chain = sorted(filling.blocks)
        expires = Slot.NEVER if time_to_live_ns == 0 else (time.monotonic_ns() + time_to_live_ns) & MASK or 1
        words.set(at + Slot.HASH, hash_)
        words.set(at + Slot.LENGTHS, len(value) << 32 | len(key))
        words.set(at + Slot.EXPIRES, expires)
        words.set(at + Slot.FIRST_BLOCK, Slot.first_block(chain))
        words.set(at + Slot.FREQUENCY, 0)
        content, size = key + value, self._geometry.block_bytes
        for index, block in enumerate(chain):
            following = chain[index + 1] + 1 if index + 1 < len(chain) else 0
            words.set(self._words_of(block) + Block.NEXT, following)
            words.write(self._geometry.blocks_offset + block * size, content[index * size : (index + 1) * size])

    def _publish(self, filling: _Filling, hash_: int, key: bytes) -> None:
        """Puts a cell in place, or into the place of the key's cell: from here on it is found."""
        at = self._set_at(hash_)
        cell = Cell.of(filling.slot, filling.generation, hash_)
        for _ in range(_ATTEMPTS_MAX):
            if self._try_publish_once(at, cell, hash_, key):
                return
        raise self._no_progress("put")

    def _try_publish_once(self, at: int, cell: int, hash_: int, key: bytes) -> bool:
        lowest, cells = self._find(at, key, hash_)
        if lowest == _MOVED:
            return False
        if lowest >= 0:
            return self._remove_higher(at, lowest, hash_, key) and self._replace(
                at, lowest, cells[lowest], cell, Seat.REPLACED
            )
        if Cell.EMPTY in cells:
            done = self._change_cell(at, cells.index(Cell.EMPTY), Cell.EMPTY, cell)
        else:
            done = self._evict_from_set(at, cells, cell)
        if done:
            self._remove_duplicates(at, hash_, key)
        return done

    def _find(self, at: int, key: bytes, hash_: int) -> tuple[int, list[int]]:
        """The lowest cell that has the key, ``_ABSENT`` or ``_MOVED``; and all cells."""
        cells = self._cells(at)
        if cells is None:
            return _MOVED, []
        for index, cell in enumerate(cells):
            if Cell.may_hold(cell, hash_):
                found = self._read(at, index, cell, key, hash_, value=False)
                if found is _CHANGED:
                    return _MOVED, cells
                if found is not _OTHER:
                    return index, cells
        return _ABSENT, cells

    def _evict_from_set(self, at: int, cells: list[int], cell: int) -> bool:
        start = Cell.generation(cell)  # so that equals take turns
        order = [(start + index) % Cell.COUNT for index in range(Cell.COUNT)]
        victim = min(order, key=lambda index: self._worth(cells[index]))
        return self._replace(at, victim, cells[victim], cell, Seat.EVICTED)

    def _worth(self, cell: int) -> int:
        """The frequency of what stands behind a cell; less than any if that is nothing."""
        slot = Cell.slot(cell)
        return self._frequency(slot) if self._holds(slot, Cell.generation(cell)) else -1

    def _replace(self, at: int, index: int, old: int, new: int, statistic: int) -> bool:
        if not self._change_cell(at, index, old, new):
            return False
        self._free_slot(Cell.slot(old), Cell.generation(old))
        self._count(statistic)
        return True

    def _take_out(self, at: int, index: int, cell: int, statistic: int) -> bool:
        return self._replace(at, index, cell, Cell.EMPTY, statistic)

    def _remove_higher(self, at: int, lowest: int, hash_: int, key: bytes) -> bool:
        """Takes out what a dead put left behind the key's cell; False if one of them moved."""
        for index in range(Cell.COUNT - 1, lowest, -1):
            cell = self._words.get(at + index * 8)
            if Cell.may_hold(cell, hash_):
                found = self._read(at, index, cell, key, hash_, value=False)
                if found is _CHANGED:
                    return False
                if found is not _OTHER and not self._take_out(at, index, cell, Seat.REPLACED):
                    return False
        return True

    def _remove_duplicates(self, at: int, hash_: int, key: bytes) -> None:
        """Somebody may have put the same key into another cell just now: the lower one stays."""
        for _ in range(_ATTEMPTS_MAX):
            lowest, _ = self._find(at, key, hash_)
            if lowest == _ABSENT or (lowest >= 0 and self._remove_higher(at, lowest, hash_, key)):
                return
        raise self._no_progress("put")

    # ---- making room ---------------------------------------------------------------------------

    def _claim_slot(self, filling: _Filling) -> bool:
        for _ in range(_PROBES):
            if self._try_claim_slot(filling, self._slots.at):
                self._slots.step()
                return True
            self._slots.leap()
        for _ in range(self._geometry.slots):
            slot = self._evict_one(filling)
            if slot < 0:
                return self._claim_any_slot(filling)
            if self._try_claim_slot(filling, slot):
                return True
        return False  # others were faster, again and again

    def _claim_any_slot(self, filling: _Filling) -> bool:
        for _ in range(self._geometry.slots):
            self._slots.step()
            if self._try_claim_slot(filling, self._slots.at):
                return True
        return False

    def _claim_blocks(self, filling: _Filling) -> bool:
        missed, evicted = 0, 0
        while len(filling.blocks) < filling.wanted:
            if filling.offered:
                self._try_claim_block(filling, filling.offered.pop(0))
            elif missed < _PROBES:
                missed = 0 if self._probe_block(filling) else missed + 1
            elif evicted > self._geometry.slots or self._evict_one(filling) < 0:
                return self._claim_any_blocks(filling)
            else:
                evicted += 1
        return True

    def _probe_block(self, filling: _Filling) -> bool:
        if self._try_claim_block(filling, self._blocks.at):
            self._blocks.step()
            return True
        self._blocks.leap()
        return False

    def _claim_any_blocks(self, filling: _Filling) -> bool:
        for _ in range(self._geometry.blocks):
            if len(filling.blocks) == filling.wanted:
                break
            self._blocks.step()
            self._try_claim_block(filling, self._blocks.at)
        return len(filling.blocks) == filling.wanted

    def _evict_one(self, filling: _Filling) -> int:
        """Frees the slot of one entry and offers its blocks; which slot, or -1 if there is none."""
        slot = self._go_round(filling)
        if slot < 0:
            self.recover_dead()
            slot = self._go_round(filling)
        return slot

    def _go_round(self, filling: _Filling) -> int:
        for _ in range(_ROUNDS_MAX * self._geometry.slots):
            slot = self._words.fetch_add(CacheHeader.HAND, 1) % self._geometry.slots
            if self._try_evict(slot, filling):
                return slot
        return -1

    def _try_evict(self, slot: int, filling: _Filling) -> bool:
        word = self._word(slot)
        if Slot.state(word) != Slot.LIVE:
            return False
        generation = word >> 32
        at = self._set_at(self._field(slot, Slot.HASH))
        index = self._index_of(at, slot, generation)
        if index < 0:  # taken out by somebody who died before freeing it; or not LIVE any more
            chain = self._blocks_of(slot)
            freed = self._change(slot, word, Slot.free(generation))
            filling.offered = chain if freed else []
            return freed
        expired = self._is_expired(slot)
        if not expired and self._cool(slot):
            return False
        cell = self._words.get(at + index * 8)
        if not Cell.refers_to(cell, slot, generation) or not self._change_cell(at, index, cell, Cell.EMPTY):
            return False
        filling.offered = self._blocks_of(slot)
        self._free_slot(slot, generation)
        self._count(Seat.EXPIRED if expired else Seat.EVICTED)
        return True

    def _cool(self, slot: int) -> bool:
        """Takes away one of its hits, if it has any."""
        frequency = self._frequency(slot)
        if frequency > 0:
            self._words.set(self._slot_at(slot) + Slot.FREQUENCY, frequency - 1)
        return frequency > 0

    def _blocks_of(self, slot: int) -> list[int]:
        return self._chain(self._field(slot, Slot.FIRST_BLOCK), sum(self._lengths(slot)))

    # ---- removing ------------------------------------------------------------------------------

    def remove(self, key: bytes) -> bool:
        """Whether there was anything to remove."""
        return self._remove_all(key, key_hash(key, self._seed), Seat.REMOVED)

    def _remove_all(self, key: bytes, hash_: int, statistic: int) -> bool:
        at = self._set_at(hash_)
        for _ in range(_ATTEMPTS_MAX):
            lowest, cells = self._find(at, key, hash_)
            if lowest == _ABSENT:
                return False
            if (
                lowest >= 0
                and self._remove_higher(at, lowest, hash_, key)
                and self._take_out(at, lowest, cells[lowest], statistic)
            ):
                return True  # what stands under the key from here on was put later
        raise self._no_progress("remove")

    def clear(self) -> None:
        """Takes every entry out that is there now."""
        for slot in range(self._geometry.slots):
            self._take_out_if(slot, True)

    def sweep(self) -> int:
        """Recovers the dead, gives back what they forgot, and what has expired; how many entries."""
        freed = self.recover_dead()
        return freed + sum(self._take_out_if(slot, False) for slot in range(self._geometry.slots))

    def _take_out_if(self, slot: int, anyway: bool) -> bool:
        """Takes out the entry of a slot if it has expired or anyway; frees one that nothing refers to."""
        word = self._word(slot)
        generation = word >> 32
        if Slot.state(word) != Slot.LIVE:
            return False
        at = self._set_at(self._field(slot, Slot.HASH))
        index = self._index_of(at, slot, generation)
        if index < 0:
            return self._change(slot, word, Slot.free(generation))
        expired = self._is_expired(slot)
        cell = self._words.get(at + index * 8)
        return (
            (anyway or expired)
            and Cell.refers_to(cell, slot, generation)
            and self._take_out(at, index, cell, Seat.EXPIRED if expired else Seat.REMOVED)
        )

    # ---- the dead ------------------------------------------------------------------------------

    def take_seat(self, seat: int, handle: int) -> None:
        """Takes one's own seat; whoever was there is gone, since its participant slot is ours."""
        at = self._seat_at(seat) + Seat.PARTICIPANT
        while True:
            found = self._words.get(at)
            if found == handle:
                return
            if found:
                self._recover(seat, found)
            elif self._words.compare_and_set(at, 0, handle):
                return

    def recover_dead(self) -> int:
        """Finishes or gives back what the dead were filling; how many slots that freed."""
        get = self._words.get
        holders = [get(self._seat_at(seat) + Seat.PARTICIPANT) for seat in range(self._geometry.seats)]
        living = self._living()  # after the look: who took a seat before it had joined
        dead = [(seat, handle) for seat, handle in enumerate(holders) if handle and handle not in living]
        return sum(self._recover(seat, handle) for seat, handle in dead)

    def _recover(self, seat: int, dead: int) -> int:
        at = self._seat_at(seat) + Seat.PARTICIPANT
        freed = 0
        for slot in range(self._geometry.slots):
            word = self._word(slot)
            if Slot.state(word) == Slot.FILLING and Slot.seat(word) == seat:
                if self._words.get(at) != dead:
                    return freed  # recovered meanwhile: the slot may be a living successor's
                freed += self._settle(slot, word)
        if freed:
            self._words.fetch_add(self._seat_at(seat) + Seat.RECOVERED, freed)
        self._words.compare_and_set(at, dead, 0)
        return freed

    def _settle(self, slot: int, word: int) -> bool:
        """In the cache if a cell refers to it, given back if not; whether it was given back."""
        generation = word >> 32
        if self._index_of(self._set_at(self._field(slot, Slot.HASH)), slot, generation) >= 0:
            self._change(slot, word, Slot.live(generation))
            return False
        return self._change(slot, word, Slot.free(generation))

    # ---- handles and what there is -------------------------------------------------------------

    def handle(self, key: bytes) -> int:
        """Slot and generation of a key's entry, as in a block's owner word; 0 if there is none."""
        hash_ = key_hash(key, self._seed)
        at = self._set_at(hash_)
        for _ in range(_ATTEMPTS_MAX):
            lowest, cells = self._find(at, key, hash_)
            if lowest == _ABSENT:
                return 0
            if lowest >= 0:
                slot, generation = Cell.slot(cells[lowest]), Cell.generation(cells[lowest])
                expired = self._is_expired(slot)
                fence()
                if self._holds(slot, generation):
                    return 0 if expired else Block.owner(slot, generation)
        raise self._no_progress("handle")

    def get_handle(self, handle: int) -> Optional[bytes]:
        """The value of that very entry; None if it is not in the cache any more."""
        value = self._look_up_handle(handle)
        self._count(Seat.MISSES if value is None else Seat.HITS)
        return value

    def _look_up_handle(self, handle: int) -> Optional[bytes]:
        slot, generation = Block.slot(handle), handle >> 32
        if not self._holds(slot, generation):
            return None
        at = self._set_at(self._field(slot, Slot.HASH))
        if self._index_of(at, slot, generation) < 0 or self._is_expired(slot):
            return None
        key_bytes, value_bytes = self._lengths(slot)
        length = key_bytes + value_bytes
        content = None if length > self._geometry.entry_bytes_max else self._content(slot, length)
        fence()
        if content is None or not self._holds(slot, generation):
            return None
        self._warm(slot)
        return content[key_bytes:]

    def usage(self) -> CacheUsage:
        """How full it is, counted now; others go on meanwhile."""
        geometry = self._geometry
        states = [Slot.state(self._word(slot)) for slot in range(geometry.slots)]
        used = sum(not self._is_free(self._owner(block)) for block in range(geometry.blocks))
        return CacheUsage(
            size=geometry.size,
            entries=states.count(Slot.LIVE),
            entries_max=geometry.slots,
            entry_bytes=sum(sum(self._lengths(slot)) for slot, state in enumerate(states) if state == Slot.LIVE),
            used_bytes=used * geometry.block_bytes,
            usable_bytes=geometry.blocks * geometry.block_bytes,
            filling=states.count(Slot.FILLING),
        )

    @staticmethod
    def _no_progress(operation: str) -> Corrupted:
        return Corrupted(
            f"no progress in a cache: operation={operation}, attempts={_ATTEMPTS_MAX}; "
            "its memory is damaged, remove its region"
        )
