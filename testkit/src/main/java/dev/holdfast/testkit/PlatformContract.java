package dev.holdfast.testkit;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.FileStatus.Kind;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Platform.Seal;
import dev.holdfast.platform.Platform.Wake;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Platform} does, whatever the operating system: run by a subclass for each
 * implementation.
 */
public abstract class PlatformContract {
  private static final long BYTES = 8192;

  /** For subclasses. */
  protected PlatformContract() {}

  /** The platform under test. */
  protected abstract Platform platform();

  /** An absolute path in an existing directory of this test alone. */
  protected abstract String path(String name);

  /** The name of a shared memory object of this test alone; the subclass removes it at the end. */
  protected abstract String sharedName();

  private Descriptor createShared() {
    Descriptor object =
        platform().openShared(sharedName(), Access.READ_WRITE, Creation.CREATE_NEW, 0640);
    platform().allocate(object, 0, BYTES);
    return object;
  }

  private Descriptor createFile(String name) {
    return platform().openFile(path(name), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
  }

  private static void assertErrno(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SystemCallException.class,
            failure -> assertThat(Errno.symbol(failure.errno())).isEqualTo(Errno.symbol(errno)));
  }

  @Test
  void shared_createdOnce_foundByItsNameUntilUnlinked() {
    Descriptor object = createShared();
    assertErrno(
        Errno.EEXIST,
        () -> platform().openShared(sharedName(), Access.READ_WRITE, Creation.CREATE_NEW, 0600));
    assertThat(platform().listShared(sharedName())).containsExactly(sharedName());
    assertThat(platform().status(object))
        .returns(Kind.REGULAR, FileStatus::kind)
        .returns(0640, FileStatus::permissions)
        .returns(BYTES, FileStatus::bytes)
        .returns(BYTES, FileStatus::allocatedBytes)
        .returns(platform().self().uid(), FileStatus::uid);
    platform().unlinkShared(sharedName());
    assertThat(platform().listShared(sharedName())).isEmpty();
    assertThat(platform().status(object).links()).isZero();
    assertErrno(
        Errno.ENOENT,
        () -> platform().openShared(sharedName(), Access.READ_ONLY, Creation.OPEN, 0));
    assertErrno(Errno.ENOENT, () -> platform().unlinkShared(sharedName()));
    platform().close(object);
  }

  @Test
  void shared_nameThatDoesNotFitEverywhere_isRefused() {
    for (String wrong : List.of("", "/", "x", "/a/b", "/" + "x".repeat(31))) {
      assertThatThrownBy(
              () -> platform().openShared(wrong, Access.READ_WRITE, Creation.CREATE_NEW, 0600))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void map_twice_bothSeeTheSameWordsEvenAfterUnlinkAndClose() {
    Descriptor object = createShared();
    Descriptor other = platform().openShared(sharedName(), Access.READ_ONLY, Creation.OPEN, 0);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment written = platform().map(object, BYTES, Access.READ_WRITE, arena);
      MemorySegment read = platform().map(other, BYTES, Access.READ_ONLY, arena);
      platform().unlinkShared(sharedName());
      platform().close(object);
      platform().close(other);
      Words words = platform().words(written);
      assertThat(words.add(4096, 5)).isZero();
      assertThat(platform().words(read).get(4096)).isEqualTo(5);
      assertThat(written.byteSize()).isEqualTo(BYTES);
      assertThatThrownBy(() -> read.set(JAVA_LONG, 0, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void mapWords_arenaClosed_wordsAreNobodysAndTheObjectIsUnmapped() {
    Descriptor object = createShared();
    try (Arena others = Arena.ofShared()) {
      Words seen = platform().words(platform().map(object, BYTES, Access.READ_WRITE, others));
      Arena arena = Arena.ofShared();
      Platform.WordMapping mapping = platform().mapWords(object, BYTES, arena);
      Words words = mapping.words();
      assertThat(words.byteSize()).isEqualTo(BYTES);
      assertThat(words.compareAndSet(8, 0, 7)).isTrue();
      assertThat(words.add(8, 1)).isEqualTo(7);
      assertThat(seen.get(8)).isEqualTo(8);
      assertThat(platform().wake(mapping.segment(), 8, 1)).isZero();
      arena.close();
      assertThat(words.get(8)).isZero();
      words.setPlain(8, 9);
      words.setBytes(16, new byte[] {1});
      assertThat(words.getPlain(8)).isEqualTo(9);
      assertThat(words.getBytes(16, 1)).containsExactly(1);
      assertThat(seen.get(8)).isEqualTo(8);
      assertThat(seen.get(16)).isZero();
      assertThatThrownBy(() -> mapping.segment().get(JAVA_LONG, 8))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void mapWords_vacatedBeforeTheArenaCloses_wordsAreNobodys() {
    Descriptor object = createShared();
    try (Arena others = Arena.ofShared();
        Arena arena = Arena.ofShared()) {
      Words seen = platform().words(platform().map(object, BYTES, Access.READ_WRITE, others));
      Platform.WordMapping mapping = platform().mapWords(object, BYTES, arena);
      mapping.words().set(8, 7);
      mapping.vacate().run();
      assertThat(mapping.words().get(8)).isZero();
      mapping.words().set(8, 9);
      assertThat(seen.get(8)).isEqualTo(7);
      assertThat(platform().wake(mapping.segment(), 8, 1)).isZero();
      mapping.vacate().run();
      assertThat(mapping.words().get(8)).isZero();
    }
  }

  @Test
  void mapWords_everyAccess_isBoundedAndAligned() {
    Descriptor object = createShared();
    try (Arena arena = Arena.ofShared()) {
      Words words = platform().mapWords(object, BYTES, arena).words();
      words.set(BYTES - 8, 1);
      for (long offset : new long[] {-8, BYTES, BYTES - 7, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThatThrownBy(() -> words.get(offset)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.setPlain(offset, 1))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.compareAndSet(offset, 0, 1))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> words.get(4)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> words.or(4, 1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void mapWords_wrongSizeOrArena_isRefused() {
    Descriptor object = createShared();
    for (long size : new long[] {0, -1, BYTES + 1}) {
      assertThatThrownBy(() -> platform().mapWords(object, size, Arena.global()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    Arena closed = Arena.ofShared();
    closed.close();
    assertThatThrownBy(() -> platform().mapWords(object, BYTES, closed))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void map_wrongSizeOrAccessOrArena_isRefused() {
    Descriptor object = createShared();
    Arena closed = Arena.ofShared();
    closed.close();
    for (long size : new long[] {0, -1, BYTES + 1}) {
      assertThatThrownBy(() -> platform().map(object, size, Access.READ_WRITE, Arena.global()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> platform().map(object, BYTES, Access.READ_WRITE, closed))
        .isInstanceOf(IllegalStateException.class);
    Descriptor readOnly = platform().openShared(sharedName(), Access.READ_ONLY, Creation.OPEN, 0);
    assertErrno(
        Errno.EACCES, () -> platform().map(readOnly, BYTES, Access.READ_WRITE, Arena.global()));
    assertErrno(
        Errno.EBADF, () -> platform().write(readOnly, 0, MemorySegment.ofArray(new byte[1])));
    platform().close(readOnly);
    platform().close(object);
  }

  @Test
  void mapping_everyService_acceptsPagesAndRefusesOthers() {
    Descriptor object = createShared();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform().map(object, BYTES, Access.READ_WRITE, arena);
      platform().protect(mapping, Access.READ_WRITE);
      platform().advise(mapping, Platform.Advice.SEQUENTIAL);
      platform().sync(mapping);
      assertErrno(Errno.EINVAL, () -> platform().sync(mapping.asSlice(8)));
    }
    platform().close(object);
  }

  @Test
  void file_statusNamesAndLinks_areTold() {
    assertThat(platform().statusOf(path("f"))).isNull();
    Descriptor file = createFile("f");
    FileStatus byPath = Objects.requireNonNull(platform().statusOf(path("f")));
    assertThat(byPath.sameObjectAs(platform().status(file))).isTrue();
    assertThat(platform().statusOf(path("f/below"))).isNull();
    assertErrno(Errno.ENAMETOOLONG, () -> createFile("x".repeat(300)));
    assertErrno(Errno.ENAMETOOLONG, () -> platform().statusOf(path("x".repeat(300))));
    assertErrno(Errno.ENOENT, () -> createFile("none/f"));
    assertThat(platform().fileSystem(file))
        .usingRecursiveComparison()
        .ignoringFields("availableBytes") // others write meanwhile
        .isEqualTo(platform().fileSystem(path("f")));
    platform().unlinkFile(path("f"));
    assertErrno(Errno.ENOENT, () -> platform().unlinkFile(path("f")));
    assertThat(platform().status(file).links()).isZero();
    platform().close(file);
  }

  @Test
  void directory_madeOnceRemovedWhenEmpty() {
    platform().makeDirectory(path("d"), 02770);
    assertThat(platform().statusOf(path("d")))
        .isNotNull()
        .returns(02770, FileStatus::permissions)
        .returns(Kind.DIRECTORY, FileStatus::kind);
    assertErrno(Errno.EEXIST, () -> platform().makeDirectory(path("d"), 0700));
    platform().close(createFile("d/f"));
    assertErrno(Errno.ENOTEMPTY, () -> platform().removeDirectory(path("d")));
    assertErrno(Errno.ENOTDIR, () -> platform().removeDirectory(path("d/f")));
    assertErrno(Errno.ENOTDIR, () -> platform().openDirectory(path("d/f")));
    Descriptor directory = platform().openDirectory(path("d"));
    assertThat(platform().status(directory).kind()).isEqualTo(Kind.DIRECTORY);
    platform().close(directory);
    assertErrno(
        Errno.EISDIR,
        () -> platform().openFile(path("d"), Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600));
    platform().unlinkFile(path("d/f"));
    platform().removeDirectory(path("d"));
    assertErrno(Errno.ENOENT, () -> platform().removeDirectory(path("d")));
  }

  @Test
  void contents_writtenReadResized() {
    Descriptor file = createFile("f");
    byte[] read = new byte[8];
    platform().write(file, 2, MemorySegment.ofArray(new byte[] {1, 2, 3}));
    assertThat(platform().read(file, 0, MemorySegment.ofArray(read))).isEqualTo(5);
    assertThat(read).containsExactly(0, 0, 1, 2, 3, 0, 0, 0);
    platform().resize(file, 3);
    platform().resize(file, 5);
    platform().read(file, 0, MemorySegment.ofArray(read));
    assertThat(read).containsExactly(0, 0, 1, 0, 0, 0, 0, 0);
    assertThat(platform().read(file, 5, MemorySegment.ofArray(read))).isZero();
    assertErrno(Errno.EINVAL, () -> platform().resize(file, -1));
    assertThatThrownBy(() -> platform().allocate(file, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    platform().close(file);
  }

  @Test
  void close_twice_isHarmlessAndUseAfterwardsRefused() {
    Descriptor file = createFile("f");
    platform().close(file);
    platform().close(file);
    assertThatThrownBy(() -> platform().status(file)).isInstanceOf(IllegalStateException.class);
    Descriptor foreign = new Descriptor(1 << 20, "nothing");
    assertErrno(Errno.EBADF, () -> platform().status(foreign));
    assertErrno(Errno.EBADF, () -> platform().close(foreign));
  }

  @Test
  void lock_belongsToTheOpening() {
    Descriptor first = createFile("f");
    Descriptor second = platform().openFile(path("f"), Access.READ_WRITE, Creation.OPEN, 0);
    assertThat(platform().tryLock(first, 10, 10)).isTrue();
    assertThat(platform().tryLock(first, 10, 10)).isTrue();
    assertThat(platform().tryLock(second, 19, 1)).isFalse();
    assertThat(platform().tryLock(second, 20, 1)).isTrue();
    assertThat(platform().isLockedByOther(first, 0, 20)).isFalse();
    assertThat(platform().isLockedByOther(second, 0, 20)).isTrue();
    platform().unlock(first, 14, 2);
    assertThat(platform().tryLock(second, 14, 2)).isTrue();
    assertThat(platform().isLockedByOther(second, 13, 1)).isTrue();
    assertThat(platform().isLockedByOther(second, 16, 1)).isTrue();
    platform().close(platform().openFile(path("f"), Access.READ_WRITE, Creation.OPEN, 0));
    assertThat(platform().tryLock(second, 13, 1)).isFalse();
    platform().close(first);
    assertThat(platform().tryLock(second, 0, 100)).isTrue();
    assertThatThrownBy(() -> platform().tryLock(second, 0, 0))
        .isInstanceOf(IllegalArgumentException.class);
    platform().close(second);
  }

  @Test
  void await_changedOrTimedOutOrWoken() throws Exception {
    Descriptor object = createShared();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment mapping = platform().map(object, BYTES, Access.READ_WRITE, arena);
      MemorySegment alias = platform().map(object, BYTES, Access.READ_WRITE, arena);
      mapping.set(JAVA_INT, 4, 7);
      assertThat(platform().await(mapping, 4, 0, Long.MAX_VALUE)).isEqualTo(Wake.CHANGED);
      long deadline = platform().monotonicNanos() + 5_000_000;
      assertThat(platform().await(mapping, 4, 7, deadline)).isEqualTo(Wake.TIMED_OUT);
      assertThat(platform().monotonicNanos()).isGreaterThanOrEqualTo(deadline);
      FutureTask<Wake> sleeper =
          new FutureTask<>(() -> platform().await(mapping, 4, 7, Long.MAX_VALUE));
      Thread.ofPlatform().daemon().start(sleeper);
      long begin = System.nanoTime();
      while (platform().wake(alias, 4, 1) == 0) {
        assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(60));
      }
      assertThat(sleeper.get(60, TimeUnit.SECONDS)).isEqualTo(Wake.WOKEN);
      assertThat(platform().wake(alias, 4, 1)).isZero();
      assertThatThrownBy(() -> platform().wake(alias, 2, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    platform().close(object);
  }

  @Test
  void signal_readyUntilCleared() {
    Descriptor signal = platform().createSignal();
    assertThat(platform().poll(List.of(signal), Duration.ofMillis(1))).isEmpty();
    Thread.ofPlatform().daemon().start(() -> platform().signal(signal));
    assertThat(platform().poll(List.of(signal), Duration.ofSeconds(Long.MAX_VALUE)))
        .containsExactly(signal);
    platform().clearSignal(signal);
    assertThat(platform().poll(List.of(signal), Duration.ZERO)).isEmpty();
    platform().close(signal);
  }

  @Test
  void process_selfIsSeenAndOthersAreNot() {
    long pid = platform().self().pid();
    assertThat(platform().startTimeOf(pid)).isEqualTo(platform().self().startTimeTicks());
    assertThat(platform().startTimeOf(Integer.MAX_VALUE)).isEqualTo(-1);
    assertThat(platform().openProcess(Integer.MAX_VALUE)).isNull();
    Descriptor self = Objects.requireNonNull(platform().openProcess(pid));
    assertThat(platform().poll(List.of(self), Duration.ZERO)).isEmpty();
    platform().close(self);
  }

  @Test
  void nice_ofAThread_isThatThreadsAlone() throws InterruptedException {
    int mine = platform().niceOf(platform().currentThread());
    AtomicInteger seen = new AtomicInteger(Integer.MIN_VALUE);
    Thread other =
        Thread.ofPlatform()
            .start(() -> {
              long thread = platform().currentThread();
              platform().setNice(thread, 19);
              seen.set(platform().niceOf(thread));
            });
    other.join();
    assertThat(seen.get()).isEqualTo(19);
    assertThat(platform().niceOf(platform().currentThread())).isEqualTo(mine);
    assertErrno(Errno.ESRCH, () -> platform().niceOf(Integer.MAX_VALUE));
    assertErrno(Errno.ESRCH, () -> platform().setNice(Integer.MAX_VALUE, 0));
  }

  @Test
  void seal_refusesWhatItNames() {
    Descriptor memory = platform().createAnonymous("contract");
    platform().allocate(memory, 0, BYTES);
    platform().seal(memory, Seal.SHRINK, Seal.GROW);
    assertErrno(Errno.EPERM, () -> platform().resize(memory, 1));
    assertErrno(Errno.EPERM, () -> platform().resize(memory, 2 * BYTES));
    platform().seal(memory, Seal.WRITE, Seal.SEAL);
    assertErrno(Errno.EPERM, () -> platform().seal(memory, Seal.GROW));
    assertErrno(
        Errno.EPERM, () -> platform().map(memory, BYTES, Access.READ_WRITE, Arena.global()));
    platform().close(memory);
  }

  @Test
  void clocksAndCapabilities_areThere() {
    long earlier = platform().monotonicNanos();
    assertThat(platform().monotonicNanos()).isGreaterThanOrEqualTo(earlier);
    assertThat(platform().epochNanos()).isPositive();
    assertThat(platform().capabilities().has("kernel-locks")).isTrue();
  }
}
