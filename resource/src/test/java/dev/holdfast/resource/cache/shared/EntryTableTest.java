package dev.holdfast.resource.cache.shared;

import static dev.holdfast.resource.cache.shared.Tables.TINY;
import static dev.holdfast.resource.cache.shared.Tables.bytes;
import static dev.holdfast.resource.cache.shared.Tables.get;
import static dev.holdfast.resource.cache.shared.Tables.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Words;
import dev.holdfast.testkit.HeapWords;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class EntryTableTest {
  private static final CacheGeometry SMALL = CacheGeometry.of(256 << 10, 64, 4);
  private static final CacheGeometry ONE_SET =
      new CacheGeometry(4096 * 6 + 64 * 32, 4, 1, 32, 64, 32, 160);
  private static final Set<Long> NOBODY = Set.of();

  private final AtomicLong clock = new AtomicLong(1_000);

  private EntryTable table(Words words, CacheGeometry geometry, int seat) {
    return new EntryTable(
        new CacheMemory(words, geometry, Tables.SEED), seat, () -> NOBODY, clock::get);
  }

  private static Words memory(CacheGeometry geometry) {
    return new HeapWords((int) geometry.bytes());
  }

  private static long hash(String key) {
    return KeyHash.of(bytes(key), Tables.SEED);
  }

  private static String value(Random random, int bytesMax) {
    return Integer.toString(random.nextInt(10)).repeat(random.nextInt(bytesMax + 1));
  }

  // ---- against an oracle -----------------------------------------------------------------------

  @Test
  void anything_whileThereIsRoom_isWhatAMapDoes() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Words words = memory(SMALL);
    EntryTable table = table(words, SMALL, 0);
    Map<String, String> oracle = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      String key = "key" + random.nextInt(100) + "x".repeat(random.nextInt(3) * 30);
      switch (random.nextInt(4)) {
        case 0 -> {
          String value = value(random, 90);
          assertThat(put(table, key, value)).isTrue();
          oracle.put(key, value);
        }
        case 1 ->
            assertThat(table.remove(bytes(key)))
                .as("seed=%d, i=%d", seed, i)
                .isEqualTo(oracle.remove(key) != null);
        default ->
            assertThat(get(table, key)).as("seed=%d, i=%d", seed, i).isEqualTo(oracle.get(key));
      }
    }
    assertThat(Tables.requireSound(words, SMALL, table)).isEqualTo(oracle);
  }

  @Test
  void anything_whileThereIsNoRoom_isTheLastValueOrNone() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Words words = memory(TINY);
    List<EntryTable> tables = List.of(table(words, TINY, 0), table(words, TINY, 1));
    Map<String, String> last = new HashMap<>();
    int hits = 0;
    for (int i = 0; i < 5_000; i++) {
      EntryTable table = tables.get(random.nextInt(2));
      String key = "k" + random.nextInt(20);
      if (random.nextInt(3) == 0) {
        String value = value(random, 100);
        assertThat(put(table, key, value)).as("seed=%d, i=%d", seed, i).isTrue();
        last.put(key, value);
      } else {
        String found = get(table, key);
        hits += found == null ? 0 : 1;
        assertThat(found)
            .as("seed=%d, i=%d", seed, i)
            .satisfiesAnyOf(
                value -> assertThat(value).isNull(),
                value -> assertThat(value).isEqualTo(last.get(key)));
      }
    }
    assertThat(hits).isPositive();
    Tables.requireSound(words, TINY, tables.get(0));
  }

  @Test
  void getAndPut_byManyThreads_eachKeysVersionsGoUpAndNothingIsTorn() throws Exception {
    Words words = memory(SMALL);
    int threads = 4;
    AtomicLong[] written = new AtomicLong[8];
    java.util.Arrays.setAll(written, _ -> new AtomicLong());
    List<Thread> running = new ArrayList<>();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int t = 0; t < threads; t++) {
      EntryTable table = table(words, SMALL, t);
      boolean writer = t == 0;
      Random random = new Random(t);
      running.add(
          Thread.ofPlatform()
              .uncaughtExceptionHandler((_, failure) -> failures.add(failure))
              .start(() -> work(table, written, random, writer)));
    }
    for (Thread thread : running) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    Tables.requireSound(words, SMALL, table(words, SMALL, 0));
  }

  /** Of each key, one writer puts rising versions; a reader never sees one that is too old. */
  private static void work(EntryTable table, AtomicLong[] written, Random random, boolean writer) {
    for (int i = 0; i < 5_000; i++) {
      int key = random.nextInt(written.length);
      if (writer) {
        long version = written[key].get() + 1;
        put(table, "k" + key, (version + ";").repeat(1 + (int) (version % 40)));
        written[key].set(version);
      } else {
        long before = written[key].get();
        String found = get(table, "k" + key);
        if (before > 0) {
          String[] parts = String.valueOf(found).split(";");
          assertThat(parts).containsOnly(parts[0]);
          assertThat(Long.parseLong(parts[0])).isGreaterThanOrEqualTo(before);
        }
      }
    }
  }

  // ---- values ----------------------------------------------------------------------------------

  @Test
  void put_everyLengthAroundBlocks_isReadBack() {
    Words words = memory(SMALL);
    EntryTable table = table(words, SMALL, 0);
    for (int key = 0; key < 70; key++) {
      for (int length : new int[] {0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 1000}) {
        String name = "k".repeat(key);
        String value = "v".repeat(length);
        assertThat(put(table, name, value)).isTrue();
        assertThat(get(table, name)).isEqualTo(value);
      }
    }
    Tables.requireSound(words, SMALL, table);
  }

  @Test
  void put_largestEntry_fits_oneByteMore_isRefusedBeforeAnythingChanges() {
    Words words = memory(SMALL);
    EntryTable table = table(words, SMALL, 0);
    int most = SMALL.entryBytesMax();
    assertThat(put(table, "k", "old")).isTrue();

    assertThatThrownBy(() -> put(table, "k", "v".repeat(most)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key=1 bytes, value=%d bytes, most=%d bytes", most, most);
    assertThat(get(table, "k")).isEqualTo("old");
    assertThat(put(table, "k", "v".repeat(most - 1))).isTrue();
    assertThat(get(table, "k")).hasSize(most - 1);
  }

  @Test
  void put_keysThatShareASet_pushOnlyEachOtherOut() {
    Words words = memory(ONE_SET);
    EntryTable table = table(words, ONE_SET, 0);
    for (int i = 0; i < 20; i++) {
      assertThat(put(table, "k" + i, "v" + i)).isTrue();
      assertThat(get(table, "k" + i)).isEqualTo("v" + i);
    }
    assertThat(Tables.requireSound(words, ONE_SET, table)).hasSize(CellLayout.CELLS);
    assertThat(table.seats().sum(SeatLayout.EVICTED)).isEqualTo(20 - CellLayout.CELLS);
  }

  @Test
  void put_noBlockToBeHad_isRefusedAndGivesItsSlotBackAndTheOldValueIsGone() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    put(table, "k", "");
    CacheMemory memory = new CacheMemory(words, TINY, Tables.SEED);
    Slots slots = new Slots(memory);
    Blocks blocks = new Blocks(memory, slots);
    int other = slots.word(0) == 0 ? 0 : 1; // somebody else has every block, and is still at it
    long generation = slots.tryClaim(other, 1);
    for (int block = 0; block < TINY.blocks(); block++) {
      blocks.tryClaim(block, other, generation);
    }

    assertThat(put(table, "k", "new".repeat(20))).as("two blocks; one can be had").isFalse();
    assertThat(get(table, "k")).isNull();
    assertThat(table.usage().filling()).as("the other one's").isEqualTo(1);
    assertThat(table.seats().sum(SeatLayout.REFUSED)).isEqualTo(1);
  }

  @Test
  void putAndRemove_duplicateThatADeadPutLeft_takeItWithThem() {
    for (String last : new String[] {"put", "remove"}) {
      Words words = memory(TINY);
      EntryTable table = table(words, TINY, 0);
      long set = TINY.set(KeyHash.of(bytes("k"), Tables.SEED));
      put(table, "k", "of the dead");
      long hidden = words.get(set);
      words.set(set, CellLayout.EMPTY);
      put(table, "k", "newer");
      words.set(set + 7 * Long.BYTES, hidden);
      assertThat(get(table, "k")).isEqualTo("newer");

      if (last.equals("put")) {
        put(table, "k", "newest");
        assertThat(Tables.requireSound(words, TINY, table))
            .containsExactly(Map.entry("k", "newest"));
      } else {
        assertThat(table.remove(bytes("k"))).isTrue();
        assertThat(Tables.requireSound(words, TINY, table)).isEmpty();
      }
    }
  }

  // ---- eviction --------------------------------------------------------------------------------

  @Test
  void put_moreThanFits_keepsWhatIsUsedAndIsNeverOverItsMemory() {
    Words words = memory(SMALL);
    EntryTable table = table(words, SMALL, 0);
    put(table, "hot", "value");
    for (int i = 0; i < 20 * SMALL.slots(); i++) {
      assertThat(put(table, "cold" + i, "value")).isTrue();
      assertThat(get(table, "hot")).as("after %d", i).isEqualTo("value");
    }
    SharedCacheUsage usage = table.usage();
    assertThat(usage.bytes()).isEqualTo(256 << 10);
    assertThat(usage.entries()).isGreaterThan(SMALL.slots() * 9L / 10);
    assertThat(usage.usedBytes()).isLessThanOrEqualTo(usage.usableBytes());
    Tables.requireSound(words, SMALL, table);
  }

  @Test
  void put_largeEntryIntoAFullCache_takesTheRoomOfManySmallOnes() {
    Words words = memory(SMALL);
    EntryTable table = table(words, SMALL, 0);
    for (int i = 0; i < 2 * SMALL.slots(); i++) {
      put(table, "small" + i, "v".repeat(80));
    }
    String large = "L".repeat(SMALL.entryBytesMax() - 5);
    assertThat(put(table, "large", large)).isTrue();
    assertThat(get(table, "large")).isEqualTo(large);
    Tables.requireSound(words, SMALL, table);
  }

  @Test
  void usage_everyByteOfMemory_isAccountedFor() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    put(table, "k", "v".repeat(40));

    assertThat(table.usage())
        .isEqualTo(new SharedCacheUsage(TINY.bytes(), 1, 6, 41, 2 * 32, 12 * 32, 0));
    table.clear();
    assertThat(table.usage()).isEqualTo(new SharedCacheUsage(TINY.bytes(), 0, 6, 0, 0, 12 * 32, 0));
  }

  // ---- time to live ----------------------------------------------------------------------------

  @Test
  void get_timeIsOver_isAMissAndGivesTheEntryBack() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    table.put(bytes("k"), bytes("v"), 100);
    clock.addAndGet(99);
    assertThat(get(table, "k")).isEqualTo("v");
    clock.addAndGet(1);

    assertThat(get(table, "k")).isNull();
    assertThat(table.usage().entries()).isZero();
    assertThat(table.seats().sum(SeatLayout.EXPIRED)).isEqualTo(1);
    assertThat(put(table, "k", "w")).isTrue();
    assertThat(get(table, "k")).isEqualTo("w");
  }

  @Test
  void get_clockCrossesZeroAndTheEnd_timeIsMeasuredAllTheSame() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    for (long start : new long[] {-50, -100, Long.MAX_VALUE - 50}) {
      clock.set(start);
      table.put(bytes("k"), bytes("v"), 100);
      clock.addAndGet(98);
      assertThat(get(table, "k")).isEqualTo("v");
      clock.addAndGet(3);
      assertThat(get(table, "k")).isNull();
    }
  }

  @Test
  void get_expiryMoreThanASignedWordAhead_isOverAsInPython() {
    for (long ahead : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      Words words = memory(TINY);
      EntryTable table = table(words, TINY, 0);
      put(table, "k", "v");
      long slot = TINY.slotsOffset() + 64L * BlockLayout.slot(table.handle(bytes("k")));
      words.set(slot + SlotLayout.EXPIRES, clock.get() + ahead);
      assertThat(get(table, "k")).isEqualTo(ahead > 0 ? "v" : null);
    }
  }

  @Test
  void sweep_expiredOnes_areGivenBackAndOthersStay() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    table.put(bytes("a"), bytes("v"), 10);
    table.put(bytes("b"), bytes("v"), 1_000);
    clock.addAndGet(10);

    assertThat(table.sweep()).isEqualTo(1);
    assertThat(Tables.requireSound(words, TINY, table)).containsOnlyKeys("b");
  }

  @Test
  void put_fullOfExpired_evictsTheseBeforeWhatIsUsed() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    put(table, "keep", "v");
    for (int i = 0; i < TINY.slots() - 1; i++) {
      table.put(bytes("e" + i), bytes("v"), 10);
      get(table, "keep");
    }
    clock.addAndGet(10);
    put(table, "new", "v");
    assertThat(get(table, "keep")).isEqualTo("v");
    assertThat(table.seats().sum(SeatLayout.EXPIRED)).isEqualTo(1);
  }

  // ---- handles ---------------------------------------------------------------------------------

  @Test
  void handle_entryReplacedRemovedEvictedOrExpired_isStale() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    put(table, "k", "v");
    long handle = table.handle(bytes("k"));
    assertThat(Tables.text(table.get(handle))).isEqualTo("v");

    put(table, "k", "w");
    assertThat(table.get(handle)).isNull();
    long second = table.handle(bytes("k"));
    assertThat(second).isNotEqualTo(handle);
    table.remove(bytes("k"));
    assertThat(table.get(second)).isNull();
    assertThat(table.handle(bytes("k"))).isZero();

    table.put(bytes("k"), bytes("x"), 10);
    long third = table.handle(bytes("k"));
    clock.addAndGet(10);
    assertThat(table.get(third)).isNull();
    assertThat(table.handle(bytes("k"))).isZero();
    put(table, "again", "y"); // the slot's next entry
    assertThat(table.get(third)).isNull();
  }

  /** What a hit costs when nothing of it is near: lines that are not in a cache. */
  @Test
  void get_hit_touchesItsSetItsHeadItsBytesAndTheStatistics() {
    TouchedLines words = new TouchedLines(memory(SMALL));
    EntryTable table = table(words, SMALL, 0);
    String key = "customer-12345";
    put(table, key, "v".repeat(64)); // two blocks of 64 bytes
    words.lines().clear();

    assertThat(get(table, key)).isEqualTo("v".repeat(64));

    long set = new Sets(new CacheMemory(words, SMALL, Tables.SEED)).at(hash(key));
    assertThat(words.lines())
        .containsExactly(
            SMALL.seat(0),
            set,
            SMALL.slotsOffset(),
            SMALL.blocksOffset(),
            SMALL.blocksOffset() + 64);
  }

  /** Blocks that are no neighbours, and those whose writer did not say that they are. */
  @Test
  void get_blocksScattered_followsThem() {
    Words words = memory(TINY);
    EntryTable table = table(words, TINY, 0);
    for (int i = 0; i < TINY.slots(); i++) {
      put(table, "f" + i, "one block");
    }
    for (int i = 0; i < TINY.slots(); i += 2) {
      table.remove(bytes("f" + i));
    }
    Slots slots = new Slots(new CacheMemory(words, TINY, Tables.SEED));
    for (int length : new int[] {90, 60, 40}) {
      String value = "0123456789".repeat(9).substring(0, length);
      put(table, "a key of more than thirty-two bytes", value);
      assertThat(get(table, "a key of more than thirty-two bytes")).isEqualTo(value);
      for (int slot = 0; slot < slots.count(); slot++) {
        int first = SlotLayout.block(slots.plain(slot, SlotLayout.FIRST_BLOCK));
        slots.setPlain(slot, SlotLayout.FIRST_BLOCK, SlotLayout.firstBlock(first, 0));
      }
      assertThat(get(table, "a key of more than thirty-two bytes")).isEqualTo(value);
    }
  }

  @Test
  void handle_thatWasMadeUp_isStale() {
    EntryTable table = table(memory(TINY), TINY, 0);
    for (long handle : new long[] {0, 1, -1, 7, 1L << 32 | 7, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThat(table.get(handle)).isNull();
    }
  }

  // ---- failures --------------------------------------------------------------------------------

  /** An error, of memory or of the stack, is not a death: who had it goes on with what it did. */
  @Test
  void put_failsAtAnyAccessToMemory_leavesASoundTable() {
    for (boolean full : new boolean[] {false, true}) {
      int done = 0;
      for (int access = 1; done == 0; access++) {
        Words words = memory(TINY);
        EntryTable sound = table(words, TINY, 0);
        put(sound, "k", "old");
        for (int i = 0; full && i < TINY.slots(); i++) {
          put(sound, "other" + i, "v");
        }
        EntryTable failing = table(failingOnce(words, access), TINY, 0);
        try {
          put(failing, "k", "new");
          done = access;
        } catch (OutOfMemoryError expected) {
          assertThat(get(sound, "k")).as("access %d", access).isIn("old", "new", full ? null : "");
          assertThat(put(sound, "k", "newer")).isTrue();
          assertThat(get(sound, "k")).isEqualTo("newer");
        }
        sound.sweep();
        Tables.requireSound(words, TINY, sound);
      }
      assertThat(done).as("accesses of a put").isGreaterThan(20);
    }
  }

  /** The put fails, and its process dies a few accesses later: amid settling what it began. */
  @Test
  void put_failsAndItsProcessDiesThere_othersRecoverIt() {
    for (int access = 1; access <= 60; access++) {
      for (int more = 1; more <= 15; more++) {
        Words words = memory(TINY);
        EntryTable sound = table(words, TINY, 1);
        table(words, TINY, 0).seats().take(77);
        put(sound, "k", "old");
        int fails = access;
        int dies = access + more;
        EntryTable dead = table(failing(words, at -> at == fails || at >= dies), TINY, 0);
        try {
          put(dead, "k", "new");
        } catch (OutOfMemoryError expected) {
          // nobody is there any more
        }
        sound.sweep();
        assertThat(get(sound, "k")).as("access %d, then %d", access, more).isIn("old", "new");
        Tables.requireSound(words, TINY, sound);
      }
    }
  }

  private static Words failingOnce(Words words, int access) {
    return failing(words, at -> at == access);
  }

  private static Words failing(Words words, IntPredicate fails) {
    AtomicInteger accesses = new AtomicInteger();
    return (Words)
        Proxy.newProxyInstance(
            Words.class.getClassLoader(),
            new Class<?>[] {Words.class},
            (proxy, method, arguments) -> {
              if (fails.test(accesses.incrementAndGet())) {
                throw new OutOfMemoryError("access " + accesses);
              }
              return method.invoke(words, arguments);
            });
  }

  // ---- damage ----------------------------------------------------------------------------------

  @Test
  void anything_anyWordsOfTheTablesDamaged_neverLeavesTheMemory() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      CacheGeometry geometry = round % 2 == 0 ? TINY : ONE_SET;
      Words words = memory(geometry);
      EntryTable table = table(words, geometry, 0);
      for (int i = 0; i < 12; i++) {
        put(table, "k" + i, "v".repeat(random.nextInt(60)));
      }
      for (int i = random.nextInt(20); i >= 0; i--) {
        damage(words, geometry, random);
      }
      for (int i = 0; i < 30; i++) {
        try {
          doAnything(table, bytes("k" + random.nextInt(20)), random);
        } catch (SharedCacheException noProgress) {
          assertThat(noProgress).hasMessageContaining("its memory is damaged");
        }
      }
    }
  }

  /** One word of the tables, as often as not one of the cells or a slot's. */
  private static void damage(Words words, CacheGeometry geometry, Random random) {
    long from = geometry.setsOffset();
    long to = geometry.bytes();
    switch (random.nextInt(4)) {
      case 0 -> to = from + (long) geometry.sets() * CellLayout.SET_BYTES;
      case 1 -> {
        from = geometry.slotsOffset();
        to = from + (long) geometry.slots() * SlotLayout.BYTES;
      }
      default -> {}
    }
    long at = from + 8L * random.nextInt((int) (to - from) / 8);
    switch (random.nextInt(3)) {
      case 0 -> words.set(at, random.nextLong());
      case 1 -> words.set(at, random.nextInt() & 0xFFFF_FFFFL);
      default -> words.set(at, words.get(at) ^ 1L << random.nextInt(64));
    }
  }

  private static void doAnything(EntryTable table, byte[] key, Random random) {
    switch (random.nextInt(10)) {
      case 0 -> table.remove(key);
      case 1 -> table.get(table.handle(key));
      case 2 -> table.sweep();
      case 3 -> table.usage();
      case 4, 5 -> table.get(key);
      case 6 -> {
        if (random.nextInt(20) == 0) {
          table.clear();
        }
      }
      default -> table.put(key, new byte[random.nextInt(60)], SlotLayout.NEVER);
    }
  }

  /** Cells with the tag of another key, which lead to a slot outside the table, or to none. */
  @Test
  void put_everyCellOfTheSetLeadsNowhere_takesTheirPlace() {
    for (long slotAndOne : new long[] {0, ONE_SET.slots() + 1, CellLayout.SLOTS_MAX, 5}) {
      Words words = memory(ONE_SET);
      EntryTable table = table(words, ONE_SET, 0);
      long otherTag = (hash("k") >>> 56 ^ 1) << 24;
      for (int i = 0; i < CellLayout.CELLS; i++) {
        words.set(ONE_SET.setsOffset() + 8L * i, 77L << 32 | otherTag | slotAndOne);
      }
      for (int i = 0; i < CellLayout.CELLS; i++) {
        assertThat(put(table, "k" + i, "v" + i)).isTrue();
      }
      Map<String, String> entries = Tables.requireSound(words, ONE_SET, table);
      assertThat(entries).as("cells that led nowhere went first").hasSize(CellLayout.CELLS);
    }
  }

  /** Cells with the very tag of the key: who meets one empties it. */
  @Test
  void anything_cellsOfTheKeyLeadNowhere_findsThemGone() {
    for (int cells = 1; cells <= CellLayout.CELLS; cells++) {
      for (String what : List.of("get", "put", "remove", "handle")) {
        Words words = memory(ONE_SET);
        EntryTable table = table(words, ONE_SET, 0);
        for (int i = 0; i < cells; i++) {
          words.set(ONE_SET.setsOffset() + 8L * i, CellLayout.cell(5, 77, hash("k")));
        }
        switch (what) {
          case "get" -> assertThat(get(table, "k")).isNull();
          case "put" -> assertThat(put(table, "k", "v")).isTrue();
          case "remove" -> assertThat(table.remove(bytes("k"))).isFalse();
          default -> assertThat(table.handle(bytes("k"))).isZero();
        }
        assertThat(get(table, "k")).isEqualTo(what.equals("put") ? "v" : null);
        Tables.requireSound(words, ONE_SET, table);
      }
    }
  }

  @Test
  void put_everyFrequencyDamaged_evictsAllTheSame() {
    for (long frequency : new long[] {4, 1L << 40, -1, Long.MIN_VALUE}) {
      Words words = memory(TINY);
      EntryTable table = table(words, TINY, 0);
      for (int i = 0; i < TINY.slots(); i++) {
        put(table, "k" + i, "v");
      }
      for (int slot = 0; slot < TINY.slots(); slot++) {
        words.set(TINY.slotsOffset() + 64L * slot + SlotLayout.FREQUENCY, frequency);
      }
      assertThat(put(table, "new", "v")).isTrue();
      assertThat(get(table, "new")).isEqualTo("v");
      assertThat(put(table, "newer", "v")).isTrue();
      Tables.requireSound(words, TINY, table);
    }
  }
}
