package dev.holdfast.platform;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Advice;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Platform.Seal;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MappingTest {
  private static final long PAGE = 4096;

  private final Platform platform = Platform.current();
  private final Scratch scratch;
  private final Descriptor file;

  MappingTest() throws IOException {
    scratch = new Scratch();
    file = platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    platform.allocate(file, 0, PAGE);
  }

  @AfterEach
  void removeScratch() throws IOException {
    platform.close(file);
    scratch.close();
  }

  private static List<String> mapsNaming(String path) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.endsWith(path))
        .toList();
  }

  @Test
  void map_arenaClosed_isUnmappedAndRefusedEverywhere() throws IOException {
    Arena arena = Arena.ofShared();
    MemorySegment mapping = platform.map(file, PAGE, Access.READ_WRITE, arena);
    assertThat(mapsNaming(scratch.path("f"))).hasSize(1);
    arena.close();
    assertThat(mapsNaming(scratch.path("f"))).isEmpty();
    assertThatThrownBy(() -> mapping.get(JAVA_INT, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> CompletableFuture.supplyAsync(() -> Words.over(mapping).get(0)).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> platform.wake(mapping, 0, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void mapAhead_objectGrown_isThereInItsPlace() throws IOException {
    Arena arena = Arena.ofShared();
    MemorySegment mapping = platform.mapAhead(file, PAGE, 1 << 20, Access.READ_WRITE, arena);
    platform.allocate(file, PAGE, PAGE);
    mapping.set(JAVA_INT, PAGE, 7);

    try (Arena other = Arena.ofConfined()) {
      MemorySegment whole = platform.map(file, 2 * PAGE, Access.READ_ONLY, other);
      assertThat(whole.get(JAVA_INT, PAGE)).isEqualTo(7);
    }
    assertThat(mapping.byteSize()).isEqualTo(1 << 20);
    arena.close();
    assertThat(mapsNaming(scratch.path("f"))).isEmpty();
  }

  @Test
  void mapAhead_lessReservedThanMapped_orMoreMappedThanThereIs_isRefused() {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> platform.mapAhead(file, PAGE, PAGE - 1, Access.READ_WRITE, arena))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("size=4096, reserved=4095");
      assertThatThrownBy(
              () -> platform.mapAhead(file, 2 * PAGE, 4 * PAGE, Access.READ_WRITE, arena))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("mapping must be inside its object");
    }
  }

  @Test
  void mapWords_arenaClosed_isUnmappedAtOnceAndItsAddressesAreFreeWhenNobodyHasTheWords()
      throws IOException {
    long size = 1 << 24; // so large that nothing else takes its place
    platform.allocate(file, 0, size);
    Arena arena = Arena.ofShared();
    Platform.WordMapping mapping = platform.mapWords(file, size, arena);
    long address = mapping.segment().address();
    Words words = mapping.words();
    assertThat(mapsNaming(scratch.path("f"))).hasSize(1);
    arena.close();
    assertThat(mapsNaming(scratch.path("f"))).isEmpty();
    System.gc();
    assertThat(words.compareAndSet(0, 0, 1)).isTrue();
    assertThat(isMapped(address, size)).isTrue();
    words = Words.over(MemorySegment.ofArray(new long[1]));
    mapping = new Platform.WordMapping(MemorySegment.NULL, words, () -> {});
    while (isMapped(address, size)) {
      System.gc();
    }
    assertThat(mapping.words()).isSameAs(words);
  }

  private static boolean isMapped(long address, long size) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .map(line -> line.substring(0, line.indexOf(' ')).split("-"))
        .anyMatch(range ->
            Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                && Long.compareUnsigned(address + size, Long.parseUnsignedLong(range[1], 16)) <= 0);
  }

  @Test
  void map_arenaClosedBefore_isRefusedAndLeavesNoMapping() throws IOException {
    Arena arena = Arena.ofShared();
    arena.close();
    assertThatThrownBy(() -> platform.map(file, PAGE, Access.READ_WRITE, arena))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(scratch.path("f"));
    assertThat(mapsNaming(scratch.path("f"))).isEmpty();
  }

  @Test
  void map_arenaOfAnotherThread_isRefusedAndLeavesNoMapping() throws IOException {
    Arena foreign = CompletableFuture.supplyAsync(Arena::ofConfined).join();
    assertThatThrownBy(() -> platform.map(file, PAGE, Access.READ_WRITE, foreign))
        .isInstanceOf(WrongThreadException.class);
    assertThat(mapsNaming(scratch.path("f"))).isEmpty();
  }

  @Test
  void map_moreThanTheObjectHas_isRefused() {
    for (long size : new long[] {PAGE + 1, 0, -1}) {
      assertThatThrownBy(() -> platform.map(file, size, Access.READ_WRITE, Arena.global()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("size=" + size)
          .hasMessageContaining("bytes=4096");
    }
  }

  @Test
  void map_writableOfReadOnlyDescriptor_isEacces() {
    Descriptor readOnly = platform.openFile(scratch.path("f"), Access.READ_ONLY, Creation.OPEN, 0);
    assertThatThrownBy(() -> platform.map(readOnly, PAGE, Access.READ_WRITE, Arena.global()))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("mmap")
        .hasMessageContaining("EACCES");
    platform.close(readOnly);
  }

  @Test
  void map_readOnly_cannotBeWrittenByJavaNorByTheHardware() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform.map(file, PAGE, Access.READ_ONLY, arena);
      assertThatThrownBy(() -> mapping.set(JAVA_INT, 0, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Words.over(mapping).set(0, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(mapsNaming(scratch.path("f")))
          .singleElement()
          .satisfies(line -> assertThat(line).contains(" r--s "));
    }
    assertDiesWriting("read-only-cast");
  }

  @Test
  void protect_readOnly_isEnforcedByTheHardware() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform.map(file, PAGE, Access.READ_WRITE, arena);
      platform.protect(mapping, Access.READ_ONLY);
      assertThat(mapsNaming(scratch.path("f")).getFirst()).contains(" r--s ");
      platform.protect(mapping, Access.READ_WRITE);
      assertThat(mapsNaming(scratch.path("f")).getFirst()).contains(" rw-s ");
      mapping.set(JAVA_INT, 0, 1);
      assertThatThrownBy(() -> platform.protect(mapping.asSlice(8), Access.READ_ONLY))
          .isInstanceOf(SystemCallException.class)
          .hasMessageContaining("mprotect");
    }
    assertDiesWriting("write-protected");
  }

  private void assertDiesWriting(String how) throws Exception {
    try (JavaChild child = new JavaChild(how, scratch.path("f"))) {
      child.awaitReady();
      assertThat(child.rest())
          .anySatisfy(line -> assertThat(line).contains("SIGSEGV"))
          .noneSatisfy(line -> assertThat(line).contains("survived"));
      assertThat(child.exitCode()).isNotZero();
    }
  }

  @Test
  void map_moreThanTwoGibibytes_everyByteIsReachable() {
    Descriptor large = platform.createAnonymous("large");
    long size = (3L << 30) + 8;
    platform.resize(large, size);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform.map(large, size, Access.READ_WRITE, arena);
      platform.allocate(large, size - 8, 8);
      mapping.set(JAVA_LONG, size - 8, 42);
      assertThat(mapping.byteSize()).isEqualTo(size);
      try (Arena other = Arena.ofConfined()) {
        assertThat(platform.map(large, size, Access.READ_ONLY, other).get(JAVA_LONG, size - 8))
            .isEqualTo(42);
      }
    }
    platform.close(large);
  }

  @Test
  void advise_everyAdvice_isAccepted() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform.map(file, PAGE, Access.READ_WRITE, arena);
      for (Advice advice : Advice.values()) {
        platform.advise(mapping, advice);
      }
      assertThatThrownBy(() -> platform.advise(mapping.asSlice(8), Advice.NORMAL))
          .isInstanceOf(SystemCallException.class)
          .hasMessageContaining("advice=NORMAL");
    }
  }

  @Test
  void sync_fileMapping_returns() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform.map(file, PAGE, Access.READ_WRITE, arena);
      mapping.set(JAVA_INT, 0, 5);
      platform.sync(mapping);
      assertThatThrownBy(() -> platform.sync(mapping.asSlice(8)))
          .isInstanceOf(SystemCallException.class)
          .hasMessageContaining("msync");
    }
  }

  @Test
  void seal_everySeal_refusesWhatItNames() {
    Descriptor memory = platform.createAnonymous("sealed");
    platform.resize(memory, PAGE);
    platform.seal(memory, Seal.SHRINK, Seal.GROW);
    assertRefused(() -> platform.resize(memory, 1));
    assertRefused(() -> platform.resize(memory, 2 * PAGE));
    platform.seal(memory, Seal.WRITE, Seal.SEAL);
    assertRefused(() -> platform.map(memory, PAGE, Access.READ_WRITE, Arena.global()));
    assertRefused(() -> platform.seal(memory, Seal.SHRINK));
    platform.close(memory);
  }

  private static void assertRefused(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            SystemCallException.class, refused -> assertThat(refused.is(Errno.EPERM)).isTrue());
  }

  @Test
  void createAnonymous_nameless_liesOnNoMountThatIsSeen() {
    Descriptor memory = platform.createAnonymous("m");
    assertThat(platform.fileSystem(memory).mountPoint()).isEqualTo("(not mounted)");
    assertThat(memory.what()).isEqualTo("anonymous m");
    platform.close(memory);
  }
}
