package dev.holdfast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class FakeKernelTest {
  private final FakeKernel kernel = new FakeKernel();
  private final FakeProcess a = kernel.start("a");
  private final FakeProcess b = kernel.start("b");
  private final Platform pa = a.platform();
  private final Platform pb = b.platform();

  private static Descriptor file(Platform platform, String path) {
    return platform.openFile(path, Access.READ_WRITE, Creation.OPEN_OR_CREATE, 0600);
  }

  private static void assertErrno(int errno, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SystemCallException.class,
            failure -> assertThat(Errno.symbol(failure.errno())).isEqualTo(Errno.symbol(errno)));
  }

  @Test
  void kill_dropsLocksAndDescriptorsAndRefusesEverything() {
    Descriptor mine = file(pa, "/tmp/live");
    Descriptor other = file(pb, "/tmp/live");
    pa.allocate(mine, 0, 4096);
    Words words = pa.words(pa.map(mine, 4096, Access.READ_WRITE, Arena.ofAuto()));
    assertThat(pa.tryLock(mine, 0, 1)).isTrue();
    assertThat(pb.tryLock(other, 0, 1)).isFalse();
    Descriptor end = Objects.requireNonNull(pb.openProcess(a.identity().pid()));
    assertThat(pb.poll(List.of(end), Duration.ZERO)).isEmpty();
    assertThat(a).hasToString("a (pid 1000)");
    a.kill();
    a.kill();
    assertThat(pb.tryLock(other, 0, 1)).isTrue();
    assertThat(pb.poll(List.of(end), Duration.ZERO)).containsExactly(end);
    assertThat(pb.openProcess(a.identity().pid())).isNull();
    assertThat(a).hasToString("a (killed)");
    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> words.set(0, 1),
            () -> words.get(0),
            () -> words.setBytes(0, new byte[1]),
            () -> pa.status(mine),
            () -> pa.close(mine),
            () -> pa.unlinkFile("/tmp/live"),
            pa::monotonicNanos)) {
      assertThatThrownBy(use).isInstanceOf(Killed.class).hasMessageContaining("name=a");
    }
    assertThat(kernel.leftovers())
        .containsExactly(
            "regular /tmp/live",
            "descriptor of b: /tmp/live",
            "descriptor of b: process " + a.identity().pid());
  }

  @Test
  void limit_fullFileSystem_isEnospcAndSpaceComesBack() {
    kernel.limit("/dev/shm", 4 * 4096);
    Descriptor first = pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    pa.allocate(first, 0, 3 * 4096);
    pa.allocate(first, 0, 3 * 4096);
    Descriptor second = pb.openShared("/y", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    assertErrno(Errno.ENOSPC, () -> pb.allocate(second, 0, 2 * 4096));
    assertThat(pb.status(second).bytes()).isZero();
    pa.unlinkShared("/x");
    assertThat(pa.fileSystem("/dev/shm").availableBytes()).isEqualTo(4096);
    pa.close(first);
    assertThat(pa.fileSystem("/dev/shm").availableBytes()).isEqualTo(4 * 4096);
    pb.allocate(second, 0, 2 * 4096);
    pb.resize(second, 4096);
    assertThat(pa.fileSystem("/dev/shm").availableBytes()).isEqualTo(3 * 4096);
    assertThatThrownBy(() -> kernel.limit("/nowhere", 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void map_unlinkedAndClosed_pagesStayUntilUnmapped() {
    kernel.limit("/dev/shm", 4096);
    Descriptor object = pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    pa.allocate(object, 0, 4096);
    try (Arena arena = Arena.ofShared()) {
      assertThat(pa.map(object, 4096, Access.READ_WRITE, arena).byteSize()).isEqualTo(4096);
      pa.unlinkShared("/x");
      pa.close(object);
      assertThat(pa.fileSystem("/dev/shm").availableBytes()).isZero();
    }
    assertThat(pa.fileSystem("/dev/shm").availableBytes()).isEqualTo(4096);
  }

  @Test
  void grow_mappedObject_isRefusedByTheSimulation() {
    Descriptor object = pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    pa.allocate(object, 0, 4096);
    MemorySegment mapping = pa.map(object, 4096, Access.READ_WRITE, Arena.ofAuto());
    assertThat(mapping.byteSize()).isEqualTo(4096);
    assertThatThrownBy(() -> pa.resize(object, 1 << 20))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("wanted=1048576");
  }

  @Test
  void reboot_memoryIsGoneFilesStayAndTheBootIdIsNew() {
    pa.close(file(pa, "/tmp/kept"));
    pa.close(pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600));
    kernel.reboot();
    assertThat(a.alive()).isFalse();
    assertThat(kernel.leftovers()).containsExactly("regular /tmp/kept");
    FakeProcess c = kernel.start("c");
    assertThat(c.identity().bootId()).isNotEqualTo(a.identity().bootId());
    c.platform().close(c.platform().openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0));
  }

  @Test
  void permissions_ofOthers_areRefused() {
    Platform other = kernel.start("other", 2000, 2000).platform();
    Platform colleague = kernel.start("colleague", 3000, 1000).platform();
    Platform root = kernel.start("root", 0, 0).platform();
    pa.close(file(pa, "/tmp/private"));
    pa.close(pa.openFile("/tmp/group", Access.READ_WRITE, Creation.CREATE_NEW, 0640));
    assertErrno(Errno.EACCES, () -> file(other, "/tmp/private"));
    assertErrno(Errno.EACCES, () -> file(other, "/forbidden"));
    assertErrno(Errno.EACCES, () -> file(colleague, "/tmp/group"));
    assertErrno(Errno.EPERM, () -> other.unlinkFile("/tmp/private"));
    colleague.close(colleague.openFile("/tmp/group", Access.READ_ONLY, Creation.OPEN, 0));
    root.close(file(root, "/tmp/private"));
    root.unlinkFile("/tmp/private");
    assertThat(pa.statusOf("/tmp/private")).isNull();
  }

  @Test
  void plantLink_isNotFollowed() {
    kernel.plantLink("/tmp/link");
    assertErrno(Errno.ELOOP, () -> file(pa, "/tmp/link"));
    assertErrno(Errno.ENOTDIR, () -> pa.openDirectory("/tmp/link"));
    assertThat(pa.statusOf("/tmp/link"))
        .isNotNull()
        .returns(FileStatus.Kind.SYMBOLIC_LINK, FileStatus::kind);
    assertThatThrownBy(() -> file(pa, "/tmp/a\0b")).isInstanceOf(IllegalArgumentException.class);
    assertErrno(Errno.EISDIR, () -> pa.unlinkFile("/tmp"));
  }

  @Test
  void clock_movesOnlyWhenLookedAtOrAdvanced() {
    kernel.tick(Duration.ofNanos(7));
    long first = pa.monotonicNanos();
    assertThat(pb.monotonicNanos()).isEqualTo(first + 7);
    long epoch = pa.epochNanos();
    kernel.advance(Duration.ofSeconds(3));
    assertThat(pa.epochNanos()).isEqualTo(epoch + 3_000_000_000L);
    assertThat(pa.poll(List.of(), Duration.ofSeconds(5))).isEmpty();
    assertThat(pa.monotonicNanos()).isEqualTo(first + 8_000_000_000L + 14);
  }

  @Test
  void kill_ofAWaiter_endsItsWait() throws Exception {
    Descriptor object = pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    pa.allocate(object, 0, 4096);
    MemorySegment mapping = pa.map(object, 4096, Access.READ_WRITE, Arena.ofAuto());
    FutureTask<Boolean> waiting =
        new FutureTask<>(() -> {
          assertThatThrownBy(() -> pa.await(mapping, 0, 0, Long.MAX_VALUE))
              .isInstanceOf(Killed.class);
          return true;
        });
    Thread.ofPlatform().daemon().start(waiting);
    a.kill();
    assertThat(waiting.get(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void await_interruptedThread_isEintr() {
    Descriptor object = pa.openShared("/x", Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    pa.allocate(object, 0, 4096);
    MemorySegment mapping = pa.map(object, 4096, Access.READ_WRITE, Arena.ofAuto());
    Thread.currentThread().interrupt();
    assertErrno(Errno.EINTR, () -> pa.await(mapping, 0, 0, Long.MAX_VALUE));
    assertThat(Thread.interrupted()).isTrue();
  }
}
