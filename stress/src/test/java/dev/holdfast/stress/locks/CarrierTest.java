package dev.holdfast.stress.locks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand virtual threads want one lock, and have two carriers. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CarrierTest {
  private static final int THREADS = 10_000;
  private static final String SPACE = "carriers-" + ProcessHandle.current().pid();
  private static final List<String> TWO_CARRIERS =
      List.of(
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-Djdk.virtualThreadScheduler.parallelism=2",
          "-Djdk.virtualThreadScheduler.maxPoolSize=2");

  @Test
  void virtualThreads_tenThousandOnTwoCarriers_allFinishAndNoneIsPinned(@TempDir Path root)
      throws Exception {
    Path file = root.resolve("pinned.jfr");
    try (ChildProcess child =
        ChildProcess.java(
            TWO_CARRIERS,
            CarrierChild.class,
            root.toString(),
            SPACE,
            Integer.toString(THREADS),
            file.toString())) {
      child.await("pins true");
      child.await("counted " + THREADS);
      assertThat(child.waitFor()).as(child.errors()).isZero();
    } finally {
      // what a failed child left goes with it
      Space.open(SpaceSpec.named(SPACE).under(root)).close();
    }

    List<RecordedEvent> pinned =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.VirtualThreadPinned"))
            .toList();
    assertThat(pinned)
        .as("the recording sees what is pinned on purpose, or finding nothing would prove nothing")
        .filteredOn(event -> isIn(event, CarrierChild.class.getName() + "$Pinning"))
        .isNotEmpty();
    assertThat(pinned)
        .filteredOn(event -> !isIn(event, CarrierChild.class.getName() + "$Pinning"))
        .filteredOn(event -> isIn(event, "dev.holdfast."))
        .filteredOn(event -> !isIn(event, "jdk.internal.loader.")) // loads a class, once
        .isEmpty();
  }

  private static boolean isIn(RecordedEvent event, String types) {
    return event.getStackTrace() != null
        && event.getStackTrace().getFrames().stream()
            .anyMatch(frame -> frame.getMethod().getType().getName().startsWith(types));
  }
}
