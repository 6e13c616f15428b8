package dev.holdfast.resource.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MutableSharedDataTest {
  private static final Duration SHORT = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofMinutes(2);

  private final MutableSharedData<List<String>> names =
      MutableSharedData.of(new ArrayList<>(List.of("Ada")));

  private static <T> T elsewhere(Callable<T> task) throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      return executor.submit(task).get(120, TimeUnit.SECONDS);
    }
  }

  @Test
  void write_function_changesAndCountsVersion() {
    assertThat(names.<Boolean>write(list -> list.add("Grace"))).isTrue();

    assertThat(names.<Integer>read(List::size)).isEqualTo(2);
    assertThat(names.version()).isEqualTo(1);
    assertThat(names).hasToString("MutableSharedData[version=1]");
  }

  @Test
  void guards_readersTogetherWriterAlone() throws Exception {
    try (ReadGuard<List<String>> guard = names.read()) {
      assertThat(guard.get()).containsExactly("Ada");
      assertThat(elsewhere(() -> names.tryRead(LONG).map(MutableSharedDataTest::countAndClose)))
          .hasValue(1);
      assertThat(elsewhere(() -> names.tryWrite(SHORT))).isEmpty();
      assertThat(names.stats().readers()).isEqualTo(1);
    }
    try (WriteGuard<List<String>> guard = names.tryWrite(LONG).orElseThrow()) {
      guard.set(new ArrayList<>(List.of("Grace", "Barbara")));
      assertThat(elsewhere(() -> names.tryRead(SHORT))).isEmpty();
      assertThat(elsewhere(() -> names.tryWrite(SHORT))).isEmpty();
      assertThat(names.stats().writing()).isTrue();
    }

    assertThat(names.<List<String>>read(List::copyOf)).containsExactly("Grace", "Barbara");
    assertThat(names.stats()).isEqualTo(new MutableSharedDataStats(1, 0, false, 0, 3));
  }

  @Test
  void guards_timeoutLongerThanAnyClockCounts_areOpened() throws Exception {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    assertThat(names.tryRead(forEver).map(MutableSharedDataTest::countAndClose)).hasValue(1);
    names.tryWrite(forEver).orElseThrow().close();
    assertThat(names.version()).isEqualTo(1);
  }

  private static int countAndClose(ReadGuard<List<String>> guard) {
    try (guard) {
      return guard.get().size();
    }
  }

  @Test
  void write_whileReading_isRefusedInsteadOfHanging() {
    try (ReadGuard<List<String>> _ = names.read()) {
      assertThatThrownBy(names::write)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("readGuards=1");
      assertThatThrownBy(() -> names.tryWrite(LONG)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> names.write(List::size)).isInstanceOf(IllegalStateException.class);
    }
    assertThat(names.<Integer>write(List::size)).isEqualTo(1);
  }

  @Test
  void downgrade_writer_keepsOtherWritersOut() throws Exception {
    WriteGuard<List<String>> writer = names.write();
    writer.get().add("Grace");
    try (ReadGuard<List<String>> reader = writer.downgrade()) {
      assertThat(elsewhere(() -> names.tryWrite(SHORT))).isEmpty();
      assertThat(elsewhere(() -> names.tryRead(LONG).map(MutableSharedDataTest::countAndClose)))
          .hasValue(2);
      assertThat(reader.get()).hasSize(2);
    }
    assertThatThrownBy(writer::downgrade).isInstanceOf(IllegalStateException.class);
    assertThat((int) elsewhere(() -> names.<Integer>write(List::size))).isEqualTo(2);
  }

  @Test
  void guard_closedOrOfAnotherThread_isRefused() throws Exception {
    ReadGuard<List<String>> reader = names.read();
    assertThat(elsewhere(() -> failure(reader::close)))
        .hasValueSatisfying(message -> assertThat(message).contains("guard of another thread"));
    assertThat(elsewhere(() -> failure(reader::get))).isPresent();
    reader.close();
    reader.close();
    assertThatThrownBy(reader::get).hasMessageContaining("closed");

    WriteGuard<List<String>> writer = names.write();
    assertThat(elsewhere(() -> failure(writer::close))).isPresent();
    writer.close();
    writer.close();
    assertThatThrownBy(writer::get).hasMessageContaining("closed");
    assertThatThrownBy(() -> writer.set(List.of())).hasMessageContaining("closed");
    assertThat(names.version()).isEqualTo(1);
  }

  private static Optional<String> failure(Runnable task) {
    try {
      task.run();
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.ofNullable(e.getMessage());
    }
  }

  @Test
  void functions_throw_leaveNothingLocked() throws Exception {
    assertThatThrownBy(() -> names.write(list -> list.get(7)))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> names.read(list -> list.get(7)))
        .isInstanceOf(IndexOutOfBoundsException.class);

    assertThat((int) elsewhere(() -> names.<Integer>write(List::size))).isEqualTo(1);
  }

  @Test
  void readAndWrite_manyThreads_everyReadIsWhole() throws Exception {
    MutableSharedData<long[]> pair = MutableSharedData.of(new long[2]);
    int each = Boolean.getBoolean("holdfast.long") ? 200_000 : 2_000;
    CountDownLatch begin = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        boolean writes = thread % 2 == 0;
        running.add(
            executor.submit(() -> {
              begin.await();
              for (int i = 0; i < each; i++) {
                if (writes) {
                  pair.write(value -> ++value[0] + ++value[1]);
                } else {
                  assertThat(pair.<Long>read(value -> value[0] - value[1])).isZero();
                }
              }
              return null;
            }));
      }
      begin.countDown();
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    }

    assertThat(pair.<Long>read(value -> value[0])).isEqualTo(2L * each);
    assertThat(pair.version()).isEqualTo(2L * each);
  }
}
