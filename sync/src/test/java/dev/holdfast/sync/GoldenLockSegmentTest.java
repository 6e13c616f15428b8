package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.sync.WaitGraph.Member;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The golden lock segment that the Python client's tests write by the tables: this client reads in
 * it what is described beside it, and writes the same bytes. Offsets here are literals from there.
 */
@SuppressWarnings("ByteBufferBackingArray") // words() wraps whole arrays
class GoldenLockSegmentTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("holdfast.root", ".."))
          .resolve("docs/layout/golden/lock-segment-1.0.bin");
  private static final int FIRST_LOCK = 28_672;
  private static final int STRIDE = 768;
  private static final long OWNER = 3L << 16 | 1;
  private static final long READER = 0xFFFF_FFFFL << 16 | 63;

  @TempDir Path root;

  @BeforeAll
  static void littleEndianOnly() {
    Assumptions.assumeTrue(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the golden file is little-endian");
  }

  /** A space with the golden segment's sizes, and the locks that it has. */
  private void withLocks(Consumer<Locks.Core> test) {
    Space space =
        Space.open(
            SpaceSpec.named("golden").under(root).limits(Limits.DEFAULT.withParticipants(64)));
    try (space) {
      Locks locks = Locks.of(space, new LockSizes(5, 64, 128));
      Mutex index = locks.mutex("index", Locks.MutexOption.FAIR);
      var _ = locks.readWriteLock("table", Locks.ReadWriteOption.READ_BIASED);
      var _ = locks.semaphore("gpu", 3);
      var _ = index.condition("condition");
      test.accept(LocksTestBase.core(space));
    }
  }

  /** The same, with everything in it as the golden file has it. */
  private void withGolden(Consumer<Locks.Core> test) {
    byte[] golden = golden();
    withLocks(core -> {
      byte[] own = core.segment.words.getBytes(128, golden.length - 128);
      try {
        core.segment.words.setBytes(128, java.util.Arrays.copyOfRange(golden, 128, golden.length));
        test.accept(core);
      } finally {
        core.segment.words.setBytes(128, own);
      }
    });
  }

  private static byte[] golden() {
    try {
      return Files.readAllBytes(GOLDEN);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteBuffer words(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- what this client writes -----------------------------------------------------------------

  @Test
  void header_ofTheSameSizes_isTheGoldenOne() {
    ByteBuffer golden = words(golden());
    CRC32C crc = new CRC32C();
    crc.update(golden.array(), 0, 112);
    assertThat(golden.getLong(112)).isEqualTo(crc.getValue());

    withLocks(core -> {
      ByteBuffer written = words(core.segment.words.getBytes(0, 128));
      written.putLong(32, golden.getLong(32)); // the incarnation is the space's
      written.putLong(112, golden.getLong(112)); // and the checksum covers it
      assertThat(written.array())
          .isEqualTo(words(new byte[128]).put(golden.array(), 0, 128).array());
    });
  }

  @Test
  void locks_madeInTheSameOrder_areTheGoldenOnes() {
    ByteBuffer golden = words(golden());

    withLocks(core -> {
      for (int lock = 0; lock < 4; lock++) {
        int at = FIRST_LOCK + lock * STRIDE;
        ByteBuffer written = words(core.segment.words.getBytes(at, STRIDE));
        assertThat(written.getLong(64)).as("state").isEqualTo(1L << 32 | 1);
        assertThat(written.getLong(104)).as("created at").isPositive();
        written.putLong(104, golden.getLong(at + 104));
        written.putLong(120, crcOfLock(written));
        assertThat(java.util.Arrays.copyOfRange(written.array(), 72, 256))
            .as("lock %d", lock)
            .isEqualTo(java.util.Arrays.copyOfRange(golden.array(), at + 72, at + 256));
      }
      assertThat(core.segment.highLock()).isEqualTo(4);
    });
  }

  private static long crcOfLock(ByteBuffer lock) {
    CRC32C crc = new CRC32C();
    crc.update(lock.array(), 72, 48);
    crc.update(lock.array(), 128, 128);
    return crc.getValue();
  }

  // ---- what this client reads ------------------------------------------------------------------

  @Test
  void locks_ofTheGoldenFile_areReadAsDescribed() {
    withGolden(core -> {
      List<LockInfo> locks = core.report.locks();

      assertThat(locks)
          .extracting(LockInfo::name)
          .containsExactly("index", "table", "gpu", "index/condition");
      assertThat(locks)
          .extracting(LockInfo::kind)
          .containsExactly(
              LockKind.MUTEX, LockKind.READ_WRITE_LOCK, LockKind.SEMAPHORE, LockKind.CONDITION);
      LockInfo index = locks.getFirst();
      assertThat(index.token()).isEqualTo(42);
      assertThat(index.state()).isEqualTo(LockInfo.State.OWNER_DIED);
      LockStatistics statistics = index.statistics();
      assertThat(statistics.contended()).isEqualTo(7);
      assertThat(statistics.handOvers()).isEqualTo(6);
      assertThat(statistics.ownersDied()).isEqualTo(2);
      assertThat(statistics.victims()).isEqualTo(1);
      assertThat(statistics.timeOuts()).isEqualTo(3);
      assertThat(statistics.waited()).isEqualTo(Duration.ofNanos(123_456_789));
      assertThat(statistics.held()).isEqualTo(Duration.ofNanos(987_654));
      assertThat(statistics.holdsSampled()).isEqualTo(4);
      assertThat(statistics.waitTimes().get(10)).isEqualTo(7);
      assertThat(statistics.holdTimes().getFirst()).isEqualTo(4);
      assertThat(locks.get(2).permits()).isEqualTo(3);
    });
  }

  @Test
  void words_ofTheGoldenFile_areReadAsDescribed() {
    withGolden(core -> {
      LockSegment segment = core.segment;
      long word = segment.words.get(segment.lock(0));
      assertThat(OwnerWord.participant(word)).isEqualTo(OWNER);
      assertThat(OwnerWord.context(word)).isEqualTo(2);
      assertThat(OwnerWord.hasWaiters(word)).isTrue();
      assertThat(OwnerWord.ownerDied(word)).isTrue();
      assertThat(OwnerWord.isExclusive(word)).isFalse();
      assertThat(OwnerWord.isExclusive(segment.words.get(segment.lock(1)))).isTrue();
      assertThat(core.table.site(0).fair()).isTrue();
      assertThat(core.table.site(1).readBiased()).isTrue();
      assertThat(core.table.site(1).cellsAt()).isEqualTo(32_768);
      assertThat(core.table.site(2).cellsAt()).isEqualTo(32_768 + 64 * 8);
      assertThat(segment.words.get(segment.cell(63))).isEqualTo(READER);
      assertThat(segment.words.get(segment.doorbell(63))).isEqualTo(9);
      long granted = segment.words.get(segment.wait(1));
      assertThat(WaitWord.isGranted(granted)).isTrue();
      assertThat(WaitWord.mode(granted)).isEqualTo(WaitWord.READ);
      assertThat(WaitWord.regionSlot(WaitWord.key(granted))).isEqualTo(5);
      assertThat(WaitWord.offset(WaitWord.key(granted))).isEqualTo(77 * 64);
    });
  }

  @Test
  void contexts_ofTheGoldenFile_areReadAsDescribed() {
    withGolden(core -> {
      List<Member> members = WaitGraph.read(core.segment, _ -> true).members();

      assertThat(members)
          .as("context 1 is being claimed")
          .extracting(Member::context)
          .containsExactly(2, 3);
      Member owner = members.getFirst();
      assertThat(owner.participant()).isEqualTo(OWNER);
      assertThat(owner.waits()).isFalse();
      assertThat(owner.held())
          .containsExactly(WaitWord.of(0, WaitWord.EXCLUSIVE), WaitWord.of(2, WaitWord.PERMIT));
      assertThat(Labels.read(core.segment.words, core.segment.context(2))).isEqualTo("owner");
      Member waiter = members.getLast();
      assertThat(waiter.sequence()).isEqualTo(7);
      assertThat(waiter.waits()).isTrue();
      assertThat(waiter.key()).isZero();
      assertThat(waiter.mode()).isEqualTo(WaitWord.EXCLUSIVE);
      assertThat(waiter.held()).containsExactly(WaitWord.of(1, WaitWord.EXCLUSIVE));
      assertThat(waiter.since()).isEqualTo(4_999_500_000L);
      assertThat(waiter.priority()).isEqualTo(2);
      assertThat(waiter.victims()).isEqualTo(1);
      assertThat(Labels.read(core.segment.words, core.segment.context(3))).isEqualTo("waiter-é");
    });
  }
}
