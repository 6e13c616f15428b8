package dev.holdfast.resource.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.testkit.FaultyPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  private static final long COUNT = 100;
  private static final MapOptions MAKE =
      MapOptions.readWrite().schema(Tick.LAYOUT, 1).create(COUNT * Tick.LAYOUT.byteSize());

  @TempDir Path directory;

  private Path path() {
    return directory.resolve("ticks");
  }

  /** A closed file of {@link #COUNT} ticks with a schema. */
  private Path written() {
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      LongStream.range(0, COUNT).forEach(i -> ticks.set(i, Tick.of(i)));
    }
    return path();
  }

  private Path bare(int bytes) throws IOException {
    return Files.write(path(), new byte[bytes]);
  }

  // ---- opening -----------------------------------------------------------------------------

  @Test
  void open_writtenAndOpenedAgain_holdsTheSame() {
    MapOptions options = MapOptions.readOnly().schema(Tick.LAYOUT, 1);
    try (MappedFile file = MappedFile.open(written(), options)) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);

      assertThat(ticks.length()).isEqualTo(COUNT);
      assertThat(ticks.stream()).containsExactlyElementsOf(expected());
      assertThat(file.byteSize()).isEqualTo(COUNT * 32);
      assertThat(file.mode()).isEqualTo(MapMode.READ_ONLY);
    }
  }

  private static List<Tick> expected() {
    return LongStream.range(0, COUNT).mapToObj(Tick::of).toList();
  }

  @Test
  void open_noSuchFile_isRefused_unlessItIsToBeMade() {
    assertThatThrownBy(() -> MappedFile.open(path(), MapOptions.readWrite()))
        .isInstanceOf(UncheckedIOException.class)
        .hasCauseInstanceOf(NoSuchFileException.class);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void open_creating_leavesOneFileAllocatedAndPrivateToItsOwner() throws IOException {
    written();

    assertThat(directory).isDirectoryContaining("glob:**/ticks");
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(1);
    }
    assertThat((long) (Integer) Files.getAttribute(path(), "unix:mode") & 0777).isEqualTo(0600);
    assertThat(Files.size(path())).isEqualTo(128 + COUNT * 32);
  }

  @Test
  void open_creatingWhereOneIs_takesThatOne() {
    written();
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      assertThat(file.array(Tick.LAYOUT).get(7)).isEqualTo(Tick.of(7));
    }
  }

  @Test
  void open_createdWhereThereIsNoRoom_isRefusedAndLeavesNothing() {
    MapOptions huge = MapOptions.readWrite().create(1L << 60);
    FaultyPlatform counting = new FaultyPlatform(Platform.current());
    counting.fail("allocate", 1, Errno.EIO);
    assertThatThrownBy(() -> MappedFile.open(counting.platform(), path(), huge))
        .isInstanceOfSatisfying(
            SystemCallException.class, e -> assertThat(e.is(Errno.ENOSPC)).isTrue())
        .hasMessageContaining("missing=%d, available=", 1L << 60);
    assertThat(counting.calls()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void open_creatingUnderTheLongestName_isMade() {
    Path longest = directory.resolve("n".repeat(255));
    try (MappedFile file = MappedFile.open(longest, MapOptions.readWrite().create(8))) {
      assertThat(file.byteSize()).isEqualTo(8);
    }
  }

  @Test
  void open_throughALink_isTheFileBehindIt() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), written());
    try (MappedFile file = MappedFile.open(link, MapOptions.readOnly())) {
      assertThat(file.path()).isEqualTo(path().toRealPath());
    }
  }

  @Test
  void open_emptyFile_isRefused() throws IOException {
    bare(0);
    assertThatThrownBy(() -> MappedFile.open(path(), MapOptions.readOnly()))
        .isInstanceOf(MappedFileCorruptedException.class)
        .hasMessageContaining("file is empty");
  }

  @Test
  void open_closedAndLost_leavesNoDescriptorBehind() throws IOException {
    bare(8);
    long before = descriptors();
    for (int i = 0; i < 50; i++) {
      MappedFile.open(path(), MapOptions.readOnly()).close();
      assertThatThrownBy(
              () -> MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1)))
          .isInstanceOf(MappedFileCorruptedException.class);
    }
    assertThat(descriptors()).isLessThan(before + 25);
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  // ---- schema --------------------------------------------------------------------------------

  @Test
  void open_otherLayout_isRefusedWithBoth() {
    record Other(long at) {}
    RecordLayout<Other> other = RecordLayout.of(Other.class);
    assertThatThrownBy(() -> MappedFile.open(written(), MapOptions.readOnly().schema(other, 1)))
        .isInstanceOf(SchemaMismatchException.class)
        .hasMessageContaining("record bytes")
        .hasMessageContaining("found=32, expected=8")
        .hasMessageContaining("at:long@0");
  }

  @Test
  void open_sameSizeOtherNames_isRefused() {
    RecordLayout<RecordLayoutTest.Renamed> other = RecordLayout.of(RecordLayoutTest.Renamed.class);
    assertThatThrownBy(() -> MappedFile.open(written(), MapOptions.readOnly().schema(other, 1)))
        .isInstanceOf(SchemaMismatchException.class)
        .hasMessageContaining("layout hash");
  }

  @Test
  void open_otherVersion_isRefused() {
    assertThatThrownBy(
            () -> MappedFile.open(written(), MapOptions.readOnly().schema(Tick.LAYOUT, 2)))
        .isInstanceOf(SchemaMismatchException.class)
        .hasMessageContaining("version")
        .hasMessageContaining("found=1, expected=2");
  }

  @Test
  void open_anyDamagedByteOfTheHeader_isRefused() throws IOException {
    byte[] sound = Files.readAllBytes(written());
    for (int i = 0; i < 64; i++) {
      byte[] damaged = sound.clone();
      damaged[i] ^= 0x10;
      Files.write(path(), damaged);

      assertThatThrownBy(
              () -> MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1)))
          .as("byte %d", i)
          .isInstanceOf(MappedFileCorruptedException.class);
    }
  }

  @Test
  void open_otherFormat_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(written());
    ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(8, 2);
    var crc = new java.util.zip.CRC32C();
    crc.update(bytes, 0, 56);
    header.putLong(56, crc.getValue());
    Files.write(path(), bytes);

    assertThatThrownBy(() -> MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1)))
        .isInstanceOf(SchemaMismatchException.class)
        .hasMessageContaining("another format");
  }

  @Test
  void open_fileShorterThanAHeader_isRefused() throws IOException {
    bare(100);
    assertThatThrownBy(() -> MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1)))
        .isInstanceOf(MappedFileCorruptedException.class)
        .hasMessageContaining("shorter than a header");
  }

  @Test
  void array_otherLayoutThanTheSchema_isRefused() {
    record Other(long at) {}
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      assertThatThrownBy(() -> file.array(RecordLayout.of(Other.class)))
          .isInstanceOf(SchemaMismatchException.class)
          .hasMessageContaining("other records");
    }
  }

  @Test
  void checksum_takenThenDataChanged_isNoticed() throws IOException {
    written();
    MapOptions options = MapOptions.readWrite().schema(Tick.LAYOUT, 1);
    try (MappedFile file = MappedFile.open(path(), options)) {
      assertThat(file.verifyChecksum()).as("none taken").isFalse();
      file.takeChecksum();
      assertThat(file.verifyChecksum()).isTrue();

      file.array(Tick.LAYOUT).set(COUNT - 1, Tick.of(0));
      assertThatThrownBy(file::verifyChecksum)
          .isInstanceOf(MappedFileCorruptedException.class)
          .hasMessageContaining("data differ from their checksum");
    }
    try (MappedFile reader =
        MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1))) {
      assertThatThrownBy(reader::takeChecksum).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(reader::verifyChecksum).isInstanceOf(MappedFileCorruptedException.class);
    }
  }

  @Test
  void checksum_anyDamagedBitOfIt_isNoticed() throws IOException {
    written();
    MapOptions options = MapOptions.readWrite().schema(Tick.LAYOUT, 1);
    try (MappedFile file = MappedFile.open(path(), options)) {
      file.takeChecksum();
    }
    byte[] sound = Files.readAllBytes(path());
    for (int bit = 64 * 8; bit < 96 * 8; bit++) {
      byte[] damaged = sound.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(path(), damaged);
      try (MappedFile file = MappedFile.open(path(), options)) {
        assertThatThrownBy(file::verifyChecksum)
            .as("bit %d", bit)
            .isInstanceOf(MappedFileCorruptedException.class)
            .hasMessageContaining("checksum is damaged");
      }
    }
  }

  @Test
  void checksum_fileGrownSince_coversWhatItWasTakenOf() {
    written();
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite().schema(Tick.LAYOUT, 1))) {
      file.takeChecksum();
      file.grow(file.byteSize() * 2);
      assertThat(file.verifyChecksum()).isTrue();
    }
  }

  @Test
  void checksum_bareFile_hasNone() throws IOException {
    bare(64);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      assertThat(file.verifyChecksum()).isFalse();
      assertThatThrownBy(file::takeChecksum).isInstanceOf(IllegalStateException.class);
    }
  }

  // ---- access ----------------------------------------------------------------------------------

  @Test
  void get_indexOutside_isRefused() {
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      for (long index : new long[] {-1, COUNT, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatThrownBy(() -> ticks.get(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> ticks.set(index, Tick.of(1)))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void array_partOutside_isRefused() throws IOException {
    bare(100);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      assertThat(file.array(Tick.LAYOUT).length()).as("whole ones only").isEqualTo(3);
      assertThat(file.array(Tick.LAYOUT, 8, 2).length()).isEqualTo(2);
      assertThatThrownBy(() -> file.array(Tick.LAYOUT, 8, 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> file.array(Tick.LAYOUT, 0, Long.MAX_VALUE / 16))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> file.array(Tick.LAYOUT, 0, -1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> file.array(Tick.LAYOUT, 4, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("alignment=8");
    }
  }

  @Test
  void access_recordsOfAPart_areThoseOfTheArray() {
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      MappedArray<Tick> part = ticks.slice(10, 20);

      Tick read =
          part.access(records -> {
            records.set(3, Tick.of(99));
            return records.get(3);
          });

      assertThat(read).isEqualTo(Tick.of(99));
      assertThat(ticks.get(13)).isEqualTo(read);
      assertThat(part.<Long>access(MappedRecords::length)).isEqualTo(part.length());
      assertThatThrownBy(() -> part.access(records -> records.get(10)))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> part.access(records -> records.get(-1)))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void slice_partOfTheRecords_isTheSameMemory() {
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      ticks.slice(10, 20).set(3, Tick.of(99));

      assertThat(ticks.get(13)).isEqualTo(Tick.of(99));
      assertThat(ticks.slice(5, 5).length()).isZero();
      assertThatThrownBy(() -> ticks.slice(10, COUNT + 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(ticks.layout()).isSameAs(Tick.LAYOUT);
      assertThat(ticks).hasToString("MappedArray[100 × Tick in %s]", file);
    }
  }

  @Test
  void set_readOnly_isRefused() {
    written();
    try (MappedFile file = MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1))) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      assertThatThrownBy(() -> ticks.set(0, Tick.of(1)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> file.grow(1L << 20)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void set_private_changesTheCopyAndNotTheFile() {
    MapOptions options = MapOptions.privateCopy().schema(Tick.LAYOUT, 1);
    try (MappedFile copy = MappedFile.open(written(), options);
        MappedFile file = MappedFile.open(path(), MapOptions.readOnly().schema(Tick.LAYOUT, 1))) {
      copy.array(Tick.LAYOUT).set(5, Tick.of(1000));

      assertThat(copy.array(Tick.LAYOUT).get(5)).isEqualTo(Tick.of(1000));
      assertThat(file.array(Tick.LAYOUT).get(5)).isEqualTo(Tick.of(5));
      assertThatThrownBy(copy::force).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void open_privateWhileInterrupted_mapsAndStaysInterrupted() {
    written();
    Thread.currentThread().interrupt();
    try (MappedFile copy =
        MappedFile.open(path(), MapOptions.privateCopy().schema(Tick.LAYOUT, 1))) {
      assertThat(copy.array(Tick.LAYOUT).get(5)).isEqualTo(Tick.of(5));
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void set_readWrite_isSeenThroughEveryOtherMapping() {
    written();
    MapOptions options = MapOptions.readWrite().schema(Tick.LAYOUT, 1);
    try (MappedFile one = MappedFile.open(path(), options);
        MappedFile other = MappedFile.open(path(), options)) {
      one.array(Tick.LAYOUT).set(0, Tick.of(42));
      assertThat(other.array(Tick.LAYOUT).get(0)).isEqualTo(Tick.of(42));
      one.force();
      one.force(32, 1);
      one.force(0, 0);
      one.prefetch(0, one.byteSize());
      one.prefetch(5, 0);
      assertThatThrownBy(() -> one.force(0, one.byteSize() + 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> one.prefetch(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void access_bareFile_hasItsBytesFromTheFirstOne() throws IOException {
    Files.write(path(), new byte[] {1, 2, 3});
    try (MappedFile file = MappedFile.open(path(), MapOptions.readOnly())) {
      byte[] bytes = file.access(data -> data.toArray(ValueLayout.JAVA_BYTE));
      assertThat(bytes).containsExactly(1, 2, 3);
      assertThat(file.segment().byteSize()).isEqualTo(3);
    }
  }

  @Test
  void force_rangeThatOverflows_isRefused() throws IOException {
    bare(4096);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      long[][] ranges = {
        {-1, 1}, {0, -1}, {1, Long.MAX_VALUE}, {Long.MAX_VALUE, 1}, {Long.MIN_VALUE, Long.MIN_VALUE}
      };
      for (long[] range : ranges) {
        assertThatThrownBy(() -> file.force(range[0], range[1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> file.prefetch(range[0], range[1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
  }

  @Test
  void set_sparseFileOfMoreThan4GiB_isAtItsPlace() throws IOException {
    long bytes = (5L << 30) + 7;
    bare(0);
    try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), bytes - 1);
    }
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite());
        MappedFile copy = MappedFile.open(path(), MapOptions.privateCopy())) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      long last = ticks.length() - 1;
      ticks.set(last, Tick.of(7));
      file.force(last * 32, 32);

      assertThat(ticks.length()).as("whole ones only").isEqualTo(bytes / 32);
      assertThat(copy.array(Tick.LAYOUT).get(last)).isEqualTo(Tick.of(7));
      assertThat(ticks.get(last - 1)).isEqualTo(Tick.of(0));
    }
  }

  @Test
  void grow_private_isRefused() {
    MapOptions options = MapOptions.privateCopy().schema(Tick.LAYOUT, 1);
    try (MappedFile copy = MappedFile.open(written(), options)) {
      assertThatThrownBy(() -> copy.grow(1 << 20)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> copy.force(0, 1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void get_byVirtualThreads_isTheSame() throws Exception {
    written();
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite().schema(Tick.LAYOUT, 1));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      List<Future<Tick>> read = new ArrayList<>();
      for (long i = 0; i < COUNT; i++) {
        long index = i;
        read.add(
            threads.submit(() -> {
              ticks.set(index, Tick.of(2 * index));
              return ticks.<Tick>access(records -> records.get(index));
            }));
      }
      for (int i = 0; i < COUNT; i++) {
        assertThat(read.get(i).get()).isEqualTo(Tick.of(2L * i));
      }
    }
  }

  @Test
  void get_whileAnotherThreadGrows_readsOn() throws Exception {
    bare(4096);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      Reading reading = new Reading(file);
      for (int i = 2; i < 200; i++) {
        file.grow(4096L * i);
        MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
        ticks.set(ticks.length() - 1, Tick.of(i));
        assertThat(ticks.get(ticks.length() - 1)).isEqualTo(Tick.of(i));
      }
      reading.awaitCompiled();
      assertThat(reading.end).isNotDone();
    }
  }

  @Test
  void close_whileAnotherThreadReads_endsItWithAnException() throws Exception {
    bare(4096);
    MappedFile file = MappedFile.open(path(), MapOptions.readWrite());
    Reading reading = new Reading(file);
    reading.awaitCompiled();
    file.close();

    assertThat(reading.end()).isExactlyInstanceOf(IllegalStateException.class);
  }

  // ---- growing ---------------------------------------------------------------------------------

  @Test
  void grow_more_keepsWhatWasAndOldArraysWork() throws IOException {
    written();
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite().schema(Tick.LAYOUT, 1))) {
      MappedArray<Tick> before = file.array(Tick.LAYOUT);
      file.grow(3 * COUNT * 32);
      MappedArray<Tick> after = file.array(Tick.LAYOUT);

      assertThat(after.length()).isEqualTo(3 * COUNT);
      assertThat(after.get(3 * COUNT - 1)).isEqualTo(Tick.of(0));
      before.set(0, Tick.of(8));
      assertThat(after.get(0)).isEqualTo(Tick.of(8));
      file.grow(file.byteSize());
      assertThatThrownBy(() -> file.grow(32)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Files.size(path())).isEqualTo(128 + 3 * COUNT * 32);
  }

  @Test
  void grow_noRoom_isRefusedBeforeAnythingIsTaken() throws IOException {
    written();
    FaultyPlatform counting = new FaultyPlatform(Platform.current());
    MapOptions options = MapOptions.readWrite().schema(Tick.LAYOUT, 1);
    try (MappedFile file = MappedFile.open(counting.platform(), path(), options)) {
      counting.fail("allocate", 1, Errno.EIO);
      assertThatThrownBy(() -> file.grow(1L << 60))
          .isInstanceOfSatisfying(
              SystemCallException.class, e -> assertThat(e.is(Errno.ENOSPC)).isTrue())
          .hasMessageContaining("missing=%d, available=", (1L << 60) - COUNT * 32);
      assertThat(counting.calls()).isZero();
      assertThat(Files.size(path())).isEqualTo(128 + COUNT * 32);
      assertThat(file.array(Tick.LAYOUT).get(3)).isEqualTo(Tick.of(3));
    }
  }

  @Test
  void grow_failsWhereAnotherHasGrown_leavesWhatTheOtherOneHas() throws IOException {
    bare(4096);
    FaultyPlatform full = new FaultyPlatform(Platform.current());
    try (MappedFile grown = MappedFile.open(path(), MapOptions.readWrite());
        MappedFile failing = MappedFile.open(full.platform(), path(), MapOptions.readWrite())) {
      grown.grow(1 << 16);
      grown.array(Tick.LAYOUT).set(2000, Tick.of(7));
      full.fail("allocate", 1, Errno.ENOSPC);

      assertThatThrownBy(() -> failing.grow(1 << 20)).isInstanceOf(SystemCallException.class);
      assertThatThrownBy(() -> failing.grow(1L << 60)).isInstanceOf(SystemCallException.class);
      assertThat(full.reached()).isTrue();
      assertThat(Files.size(path())).isEqualTo(1 << 16);
      assertThat(grown.array(Tick.LAYOUT).get(2000)).isEqualTo(Tick.of(7));
    }
  }

  @Test
  void grow_toMoreThanAFileCanBe_isRefused() {
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      assertThatThrownBy(() -> file.grow(Long.MAX_VALUE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("bytes=%d", Long.MAX_VALUE);
    }
  }

  @Test
  void access_internalErrorOfTheBody_isNotTakenForAFailedDevice() throws IOException {
    bare(64);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      InternalError own = new InternalError("the body's");
      assertThatThrownBy(() ->
              file.access(_ -> {
                throw own;
              }))
          .isExactlyInstanceOf(MappedFaultException.class)
          .hasMessageContaining("its device may have failed or be full, or the error is the code's")
          .hasCause(own);
    }
  }

  @Test
  void grow_manySmallSteps_takesFewMappings() throws IOException {
    bare(64);
    long before = mappings();
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      for (int i = 2; i <= 20_001; i++) {
        file.grow(64L * i);
        file.segment().set(ValueLayout.JAVA_INT, 64L * (i - 1), i);
      }

      assertThat(mappings()).isLessThan(before + 200);
      assertThat(Files.size(path())).isEqualTo(64L * 20_001);
      assertThat(file.segment().byteSize()).isEqualTo(64L * 20_001);
      for (int i = 2; i <= 20_001; i++) {
        assertThat(file.segment().get(ValueLayout.JAVA_INT, 64L * (i - 1))).isEqualTo(i);
      }
    }
    assertThat(mappings()).isLessThan(before + 200);
  }

  private static long mappings() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.count();
    }
  }

  @Test
  void grow_whileAnotherGrows_waitsForIt() throws Exception {
    bare(4096);
    Platform platform = Platform.current();
    Descriptor other = platform.openFile(path().toString(), Access.READ_WRITE, Creation.OPEN, 0600);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      assertThat(platform.tryLock(other, OpenedFile.GROWTH_LOCK, 1)).isTrue();
      Thread growing = Thread.startVirtualThread(() -> file.grow(1 << 16));
      while (growing.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      assertThat(Files.size(path())).isEqualTo(4096);

      platform.unlock(other, OpenedFile.GROWTH_LOCK, 1);
      growing.join();
      assertThat(file.byteSize()).isEqualTo(1 << 16);
      assertThat(platform.isLockedByOther(other, OpenedFile.GROWTH_LOCK, 1)).isFalse();
    } finally {
      platform.close(other);
    }
  }

  @Test
  void grow_whileAnotherGrowsAndInterrupted_parksAndStaysInterrupted() throws IOException {
    bare(4096);
    List<Boolean> interrupted = new ArrayList<>();
    Platform busy =
        (Platform)
            Proxy.newProxyInstance(
                Platform.class.getClassLoader(),
                new Class<?>[] {Platform.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("tryLock") && interrupted.size() < 3) {
                    interrupted.add(Thread.currentThread().isInterrupted());
                    return false;
                  }
                  return method.invoke(Platform.current(), arguments);
                });
    try (MappedFile file = MappedFile.open(busy, path(), MapOptions.readWrite())) {
      Thread.currentThread().interrupt();
      file.grow(1 << 16);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(interrupted)
          .describedAs("parking returns at once")
          .containsExactly(true, false, false);
      assertThat(file.byteSize()).isEqualTo(1 << 16);
    }
  }

  // ---- ends ------------------------------------------------------------------------------------

  @Test
  void close_thenAnyUse_isAnException() throws IOException {
    written();
    MappedFile file = MappedFile.open(path(), MapOptions.readWrite());
    MemorySegment segment = file.segment();
    MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
    file.close();
    file.close();

    List<Runnable> uses = new ArrayList<>();
    uses.add(() -> ticks.get(0));
    uses.add(() -> ticks.set(0, Tick.of(1)));
    uses.add(() -> segment.get(ValueLayout.JAVA_BYTE, 0));
    uses.add(file::segment);
    uses.add(file::force);
    uses.add(() -> file.grow(1L << 20));
    uses.add(() -> file.access(data -> data));
    uses.add(() -> ticks.access(MappedRecords::length));
    uses.add(file::isTruncated);
    uses.add(file::verifyChecksum);
    for (Runnable use : uses) {
      assertThatThrownBy(use::run).isInstanceOf(IllegalStateException.class);
    }
    assertThat(file.isOpen()).isFalse();
    assertThat(file.toString()).endsWith("closed]");
  }

  @Test
  void group_manyFiles_areUnmappedByOneCheckpoint() throws IOException {
    bare(64);
    MappedFileGroup group = MappedFileGroup.open();
    List<MappedFile> files = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      files.add(group.map(path(), MapOptions.readWrite()));
    }
    MappedArray<Tick> closedAlone = files.get(0).array(Tick.LAYOUT);
    long unmapsBefore = MappedFile.totals().unmaps();
    files.get(0).close();

    assertThat(group.size()).isEqualTo(99);
    assertThatThrownBy(() -> closedAlone.get(0)).isInstanceOf(IllegalStateException.class);
    assertThat(MappedFile.totals().unmaps()).isEqualTo(unmapsBefore);

    MemorySegment left = files.get(1).segment();
    group.close();
    group.close();
    assertThat(MappedFile.totals().unmaps()).isEqualTo(unmapsBefore + 1);
    assertThatThrownBy(() -> left.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> group.map(path(), MapOptions.readOnly()))
        .isInstanceOf(IllegalStateException.class);
    assertThat(group.isOpen()).isFalse();
  }

  @Test
  void totals_openGrowAndClose_areCounted() {
    MappedFileTotals before = MappedFile.totals();
    try (MappedFile file = MappedFile.open(path(), MAKE)) {
      file.grow(file.byteSize() + 4096);
      MappedFileTotals during = MappedFile.totals();
      assertThat(during.open()).isEqualTo(before.open() + 1);
      assertThat(during.grown()).isEqualTo(before.grown() + 1);
      assertThat(during.mappedBytes()).isEqualTo(before.mappedBytes() + 128 + file.byteSize());
    }
    assertThat(MappedFile.totals().mappedBytes()).isEqualTo(before.mappedBytes());
    assertThat(MappedFile.totals().opened()).isEqualTo(before.opened() + 1);
  }

  @Test
  void options_thatMakeNoSense_areRefused() {
    assertThatThrownBy(() -> MapOptions.readOnly().create(8))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> MapOptions.readWrite().create(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MapOptions.readWrite().create(Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes=%d", Long.MAX_VALUE);
    assertThat(MAKE.toString()).startsWith("MapOptions[READ_WRITE");
  }

  // ---- truncation, in this JVM; the many ways of it are MappedFileTruncationTest's -------------

  @Test
  void get_fileCutShort_isTypedAndStaysSo() throws IOException {
    bare(1 << 16);
    try (MappedFile file = MappedFile.open(path(), MapOptions.readWrite())) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      cut(4096);

      assertThat(file.isTruncated()).isTrue();
      assertThat(ticks.get(0)).as("this part is there").isEqualTo(Tick.of(0));
      assertThatThrownBy(() -> ticks.get(1024))
          .isInstanceOf(MappedFileTruncatedException.class)
          .hasMessageContaining("mapped=65536 bytes, file=4096 bytes")
          .satisfies(e -> assertThat(((MappedFaultException) e).path()).isEqualTo(file.path()));
      assertThatThrownBy(() -> ticks.get(0)).isInstanceOf(MappedFileTruncatedException.class);
      assertThatThrownBy(() -> file.grow(1 << 20)).isInstanceOf(MappedFileTruncatedException.class);
      assertThat(file.isOpen()).isTrue();
    }
  }

  @Test
  void get_loopOfAnotherThread_endsWhenTheGroupIsClosed() throws Exception {
    bare(4096);
    MappedFileGroup group = MappedFileGroup.open();
    Reading reading = new Reading(group.map(path(), MapOptions.readWrite()));
    reading.awaitCompiled();
    group.close();

    assertThat(reading.end()).isInstanceOf(IllegalStateException.class);
  }

  /** A thread that reads the first records over and over, until it is refused. */
  private static final class Reading {
    private static final long ROUNDS_TO_COMPILE = 50_000_000;
    private static final Duration WATCHDOG = Duration.ofSeconds(60);

    private final CompletableFuture<Throwable> end = new CompletableFuture<>();
    private final CountDownLatch compiled = new CountDownLatch(50);

    Reading(MappedFile file) {
      MappedArray<Tick> ticks = file.array(Tick.LAYOUT);
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            try {
              for (int i = 1; i <= 50; i++) {
                sumOf(ticks, ROUNDS_TO_COMPILE / 50);
                compiled.countDown();
              }
              sumOf(ticks, Long.MAX_VALUE);
            } catch (RuntimeException refused) {
              end.complete(refused);
            }
          });
    }

    private static long sumOf(MappedArray<Tick> ticks, long count) {
      long sum = 0;
      for (long i = 0; i < count; i++) {
        sum += ticks.get(i & 63).at();
      }
      return sum;
    }

    void awaitCompiled() throws InterruptedException {
      compiled.await();
    }

    Throwable end() throws Exception {
      return end.get(WATCHDOG.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @Test
  void access_fileCutWithinItsLastPage_isTyped() throws IOException {
    assertThatCutWithinAPage(file -> file.access(data -> data.get(ValueLayout.JAVA_BYTE, 6400)));
    assertThatCutWithinAPage(file -> file.array(Tick.LAYOUT).access(ticks -> ticks.get(200)));
  }

  @Test
  void force_fileCutWithinItsLastPage_isTyped() throws IOException {
    assertThatCutWithinAPage(MappedFile::force);
  }

  @Test
  void grow_fileCutShort_isTypedAndLeavesItAsItIs() throws IOException {
    assertThatCutWithinAPage(file -> file.grow(1 << 20));
    assertThat(Files.size(path())).isEqualTo(5000);
  }

  @Test
  void checksum_fileCutWithinItsLastPage_isTyped() throws IOException {
    assertThatCutWithinAPage(MappedFile::takeChecksum);
    assertThatCutWithinAPage(MappedFile::verifyChecksum);
  }

  private void assertThatCutWithinAPage(Consumer<MappedFile> use) throws IOException {
    Files.deleteIfExists(path());
    MapOptions options = MapOptions.readWrite().schema(Tick.LAYOUT, 1).create(8192 - 128);
    long faults = MappedFile.totals().faults();
    try (MappedFile file = MappedFile.open(path(), options)) {
      cut(5000);

      assertThatThrownBy(() -> use.accept(file))
          .isInstanceOf(MappedFileTruncatedException.class)
          .hasMessageContaining("mapped=8192 bytes, file=5000 bytes");
      assertThatThrownBy(file::segment).isInstanceOf(MappedFileTruncatedException.class);
      assertThat(MappedFile.totals().faults()).isEqualTo(faults + 1);
    }
  }

  private void cut(long bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(path(), StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
  }
}
