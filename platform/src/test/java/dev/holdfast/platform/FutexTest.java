package dev.holdfast.platform;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import dev.holdfast.platform.Platform.Wake;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FutexTest {
  private final Platform platform = Platform.current();
  private final Scratch scratch;
  private final Descriptor file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment words;

  FutexTest() throws IOException {
    scratch = new Scratch();
    file = platform.openFile(scratch.path("f"), Access.READ_WRITE, Creation.CREATE_NEW, 0600);
    platform.allocate(file, 0, 4096);
    words = platform.map(file, 4096, Access.READ_WRITE, arena);
  }

  @AfterEach
  void removeScratch() throws IOException {
    arena.close();
    platform.close(file);
    scratch.close();
  }

  private FutureTask<Wake> startWaiting(MemorySegment mapping) {
    FutureTask<Wake> waiting =
        new FutureTask<>(() -> platform.await(mapping, 4, 0, Long.MAX_VALUE));
    Thread.ofPlatform().daemon().start(waiting);
    return waiting;
  }

  /** Wakes as many as asked, however late they fall asleep. */
  private void wakeExactly(long offset, int count) {
    int[] woken = new int[1];
    Scratch.until(() -> (woken[0] += platform.wake(words, offset, count - woken[0])) == count);
  }

  @Test
  void await_wordHoldsAnotherValue_returnsChanged() {
    words.set(JAVA_INT, 8, -5);
    assertThat(platform.await(words, 8, 0, Long.MAX_VALUE)).isEqualTo(Wake.CHANGED);
    assertThat(platform.await(words, 8, -5, platform.monotonicNanos())).isEqualTo(Wake.TIMED_OUT);
  }

  @Test
  void await_deadline_timesOutNotBeforeIt() {
    long deadline = platform.monotonicNanos() + TimeUnit.MILLISECONDS.toNanos(20);
    assertThat(platform.await(words, 0, 0, deadline)).isEqualTo(Wake.TIMED_OUT);
    assertThat(platform.monotonicNanos()).isGreaterThanOrEqualTo(deadline);
    assertThat(platform.await(words, 0, 0, -1)).isEqualTo(Wake.TIMED_OUT);
  }

  @Test
  void wake_sleepersOfTwoMappings_wakesAsManyAsAsked() throws Exception {
    MemorySegment other = platform.map(file, 4096, Access.READ_ONLY, arena);
    List<FutureTask<Wake>> sleepers = new ArrayList<>();
    sleepers.add(startWaiting(words));
    sleepers.add(startWaiting(other));
    sleepers.add(startWaiting(words));
    wakeExactly(4, 3);
    for (FutureTask<Wake> sleeper : sleepers) {
      assertThat(sleeper.get(60, TimeUnit.SECONDS)).isEqualTo(Wake.WOKEN);
    }
    assertThat(platform.wake(words, 4, 1)).isZero();
  }

  @Test
  void wake_sleeperInAnotherProcess_wakesIt() throws Exception {
    try (JavaChild child = new JavaChild("await", scratch.path("f"))) {
      child.awaitReady();
      wakeExactly(0, 1);
      assertThat(child.line()).isEqualTo("WOKEN");
      assertThat(child.exitCode()).isZero();
    }
  }

  @Test
  void await_arenaClosedMeanwhile_closeIsRefusedUntilItReturns() {
    Arena own = Arena.ofShared();
    MemorySegment mapping = platform.map(file, 4096, Access.READ_WRITE, own);
    CompletableFuture<Wake> waiting = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> waiting.complete(platform.await(mapping, 12, 0, Long.MAX_VALUE)));
    Scratch.until(() -> someThreadSleepsOn(mapping.address() + 12));
    assertThat(closes(own)).isFalse();
    wakeExactly(12, 1);
    assertThat(waiting.join()).isEqualTo(Wake.WOKEN);
    Scratch.until(() -> closes(own));
  }

  /** The kernel shows the call that each thread is inside, with its arguments. */
  private static boolean someThreadSleepsOn(long address) {
    return Stream.of(Objects.requireNonNull(new File("/proc/self/task").list()))
        .flatMap(task -> Proc.tryRead("/proc/self/task/" + task + "/syscall").stream())
        .anyMatch(call -> call.contains(" 0x" + Long.toHexString(address) + " "));
  }

  private static boolean closes(Arena arena) {
    try {
      arena.close();
      return true;
    } catch (IllegalStateException stillInUse) {
      return false;
    }
  }

  @Test
  void anyCall_wordOutsideOrUnaligned_isRefused() {
    assertThatThrownBy(() -> platform.await(words, 2, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("offset=2");
    assertThatThrownBy(() -> platform.wake(words, 4096, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void await_notAMapping_isAnErrorOfTheSystem() {
    MemorySegment nowhere = MemorySegment.ofAddress(4096).reinterpret(64);
    assertThatThrownBy(() -> platform.await(nowhere, 0, 0, Long.MAX_VALUE))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("EFAULT");
    assertThatThrownBy(() -> platform.wake(nowhere, 0, 1))
        .isInstanceOf(SystemCallException.class)
        .hasMessageContaining("FUTEX_WAKE");
  }
}
