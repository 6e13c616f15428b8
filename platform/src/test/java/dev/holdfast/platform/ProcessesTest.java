package dev.holdfast.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessesTest {
  private static final Duration WATCHDOG = Duration.ofSeconds(60);

  private final Platform platform = Platform.current();

  private static Process sleeper() throws Exception {
    return new ProcessBuilder("sleep", "100").start();
  }

  @Test
  void self_agreesWithTheJvmAndTheKernel() {
    ProcessIdentity self = platform.self();
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.startTimeTicks()).isEqualTo(platform.startTimeOf(self.pid())).isPositive();
    assertThat(self.pidNamespace()).isPositive();
    assertThat(new java.util.UUID(self.bootId(), self.bootIdLow()))
        .hasToString(Proc.read("/proc/sys/kernel/random/boot_id").strip());
    assertThat(platform.self()).isEqualTo(self);
  }

  @Test
  void startTimeOf_noProcess_isMinusOne() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertThat(platform.startTimeOf(ended.pid())).isEqualTo(-1);
    assertThat(platform.startTimeOf(0)).isEqualTo(-1);
  }

  @Test
  void startTime_nameWithBlanksAndParentheses_isStillField22() {
    String fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
    assertThat(Proc.startTime("12 (a) b (c)) " + fields)).isEqualTo(4711);
  }

  @Test
  void namespaceAndRead_absentFile_zeroAndAnErrorThatNamesIt() {
    assertThat(Proc.namespace("/proc/self/ns/none")).isZero();
    assertThatThrownBy(() -> Proc.read("/proc/none")).hasMessageContaining("path=/proc/none");
  }

  @Test
  void openProcess_killed_becomesReady() throws Exception {
    Process child = sleeper();
    Descriptor end = Objects.requireNonNull(platform.openProcess(child.pid()));
    assertThat(platform.poll(List.of(end), Duration.ZERO)).isEmpty();
    child.destroyForcibly();
    assertThat(platform.poll(List.of(end), WATCHDOG)).containsExactly(end);
    platform.close(end);
  }

  @Test
  void openProcess_noSuchProcess_isNull() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    assertThat(platform.openProcess(ended.pid())).isNull();
    assertThat(platform.openProcess(0)).isNull();
    assertThat(platform.openProcess(-1)).isNull();
  }

  @Test
  void signal_untilCleared_isReady() {
    Descriptor signal = platform.createSignal();
    platform.clearSignal(signal);
    assertThat(platform.poll(List.of(signal), Duration.ZERO)).isEmpty();
    platform.signal(signal);
    platform.signal(signal);
    assertThat(platform.poll(List.of(signal), WATCHDOG)).containsExactly(signal);
    assertThat(platform.poll(List.of(signal), Duration.ZERO)).containsExactly(signal);
    platform.clearSignal(signal);
    assertThat(platform.poll(List.of(signal), Duration.ZERO)).isEmpty();
    platform.close(signal);
  }

  @Test
  void signal_counterFull_staysReady() {
    Descriptor signal = platform.createSignal();
    assertThat(LibC.eventfdWrite(signal.number(), -2)).isZero(); // the largest that fits
    platform.signal(signal);
    assertThat(platform.poll(List.of(signal), Duration.ZERO)).containsExactly(signal);
    platform.close(signal);
  }

  @Test
  void signal_fromAnotherThread_endsAPollWithoutLimit() throws Exception {
    Descriptor signal = platform.createSignal();
    Process other = sleeper();
    Descriptor process = Objects.requireNonNull(platform.openProcess(other.pid()));
    Thread.ofPlatform().start(() -> platform.signal(signal));
    assertThat(platform.poll(List.of(process, signal), Duration.ofSeconds(Long.MAX_VALUE)))
        .containsExactly(signal);
    other.destroyForcibly();
    platform.close(signal);
    platform.close(process);
  }

  @Test
  void signal_notASignal_isAnErrorThatNamesIt() {
    Descriptor wrong = new Descriptor(1 << 20, "nothing");
    assertThatThrownBy(() -> platform.signal(wrong)).hasMessageContaining("nothing");
    assertThatThrownBy(() -> platform.clearSignal(wrong)).hasMessageContaining("eventfd_read");
  }

  @Test
  void poll_nothingReady_returnsNotBeforeTheTimeout() {
    Descriptor signal = platform.createSignal();
    long begin = System.nanoTime();
    assertThat(platform.poll(List.of(signal), Duration.ofNanos(1_500_000))).isEmpty();
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(1_500_000);
    assertThat(platform.poll(List.of(signal), Duration.ofSeconds(-1))).isEmpty();
    assertThat(platform.poll(List.of(), Duration.ZERO)).isEmpty();
    platform.close(signal);
  }

  @Test
  void uninterrupted_brokenOffBySignals_isRepeated() {
    long[] results = {-Errno.EINTR, -Errno.EINTR, 5};
    int[] calls = new int[1];
    assertThat(LibC.uninterrupted(() -> results[calls[0]++])).isEqualTo(5);
    assertThat(calls[0]).isEqualTo(3);
  }

  @Test
  void call_somethingThrown_fliesOnUnchanged() {
    Exception unexpected = new Exception("unexpected");
    assertThatThrownBy(() ->
            LibC.call(errno -> {
              throw unexpected;
            }))
        .isSameAs(unexpected);
  }

  @Test
  void clocks_agreeWithTheKernel() throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle clockGettime =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("clock_gettime"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(16, 8);
      long before = platform.monotonicNanos();
      assertThat((int) clockGettime.invokeExact(1, time)).isZero();
      long after = platform.monotonicNanos();
      long kernel =
          TimeUnit.SECONDS.toNanos(time.get(ValueLayout.JAVA_LONG, 0))
              + time.get(ValueLayout.JAVA_LONG, 8);
      assertThat(kernel).isBetween(before, after);
    }
    Instant before = Instant.now();
    long epoch = platform.epochNanos();
    assertThat(Instant.ofEpochSecond(0, epoch)).isBetween(before, Instant.now());
  }
}
