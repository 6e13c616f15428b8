package dev.holdfast.resource.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.resource.pool.FakeManager.Thing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording says of a pool. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoolEventsTest extends SimulatedPoolTest {
  @TempDir Path directory;

  private interface Happening {
    void run() throws Exception;
  }

  private List<RecordedEvent> recorded(Happening happening) throws Exception {
    try (Recording recording = new Recording()) {
      recording.enable("dev.holdfast.PoolWait");
      recording.start();
      happening.run();
      recording.stop();
      return read(recording);
    }
  }

  private List<RecordedEvent> read(Recording recording) throws IOException {
    Path file = directory.resolve("pool.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().startsWith("dev.holdfast.Pool"))
        .toList();
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream()
        .filter(event -> event.getEventType().getName().equals("dev.holdfast." + name))
        .toList();
  }

  @Test
  void recording_outageAndOverdueLoan_hasAnEventOfEach() throws Exception {
    List<RecordedEvent> events =
        recorded(() -> {
          try (LogCapture _ = new LogCapture()) {
            ObjectPool<Thing> pool =
                open(spec().max(1).breakerAfter(1).reportLoansAfter(Duration.ofSeconds(1)));
            Pooled<Thing> guard = borrow(pool);
            live(Duration.ofSeconds(2));
            manager.down = true;
            var _ = pool.acquireAsync();
            guard.invalidate(new IllegalStateException("cut"));
            live(Duration.ofMillis(50));
          }
        });

    assertThat(named(events, "PoolCreation")).hasSize(2);
    assertThat(named(events, "PoolCreation").getFirst().getString("failure")).isNull();
    assertThat(named(events, "PoolCreation").getLast().getString("failure")).contains("down");
    assertThat(named(events, "PoolDestruction"))
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getString("pool")).isEqualTo("things");
          assertThat(event.getString("reason")).isEqualTo("INVALIDATED");
          assertThat(event.getString("cause")).contains("cut");
        });
    assertThat(named(events, "PoolBreakerOpened")).hasSize(1);
    assertThat(named(events, "PoolLoanReport"))
        .singleElement()
        .satisfies(event -> assertThat(event.getString("reason")).isEqualTo("OVERDUE"));
  }

  /** Cannot even say what it is. */
  private static final class Mute extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no text");
    }
  }

  @Test
  void create_failureHasNoText_isCountedRecordedAndTold() throws Exception {
    manager.whileCreating =
        () -> {
          throw new Mute();
        };
    List<RecordedEvent> events =
        recorded(() -> {
          try (LogCapture log = new LogCapture()) {
            ObjectPool<Thing> pool = open(spec().max(1).breakerAfter(1));
            CompletableFuture<Pooled<Thing>> waiting = pool.acquireAsync();
            environment.runTasks();

            assertThat(waiting).isDone();
            assertThatThrownBy(waiting::join)
                .cause()
                .isInstanceOf(PoolUnavailableException.class)
                .hasMessageContaining("latestFailure=" + Mute.class.getName());
            assertThat(log.messages()).singleElement().asString().contains(Mute.class.getName());
            manager.whileCreating = null;
            live(Duration.ofSeconds(1));
            assertThat(borrow(pool).get().number).isZero();
          }
        });

    assertThat(named(events, "PoolCreation").getFirst().getString("failure"))
        .contains(Mute.class.getName());
  }

  @Test
  void recording_borrowerWaits_hasItsWait() throws Exception {
    List<RecordedEvent> events =
        recorded(() -> {
          try (ObjectPool<Thing> pool = ObjectPool.open(manager, spec().max(1))) {
            Pooled<Thing> held = pool.acquire();
            CompletableFuture<Void> waiter =
                CompletableFuture.runAsync(() -> {
                  try {
                    pool.acquire().close();
                  } catch (InterruptedException unexpected) {
                    throw new AssertionError(unexpected);
                  }
                });
            while (sizes(pool).waiting() == 0) {
              LockSupport.parkNanos(1_000_000);
            }
            held.close();
            waiter.join();
          }
        });

    assertThat(named(events, "PoolWait")).hasSizeBetween(1, 2);
    assertThat(named(events, "PoolWait")).allMatch(event -> event.getBoolean("served"));
  }
}
