package dev.holdfast.resource.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardEventsTest {
  @TempDir Path directory;

  @Test
  void recording_cleanupsAndALeak_areInIt() throws Exception {
    Path file = directory.resolve("guards.jfr");
    AtomicInteger cleaned = new AtomicInteger();
    try (Recording recording = new Recording();
        ResourceRegistry registry = ResourceRegistry.open(RegistrySpec.named("recorded"))) {
      recording.enable("dev.holdfast.Cleanup");
      recording.enable("dev.holdfast.GuardLeak");
      recording.start();
      Watchdog.get(registry.guard("closed", 1, number -> {}).closeAsync());
      lose(registry, cleaned);
      Watchdog.collectUntil("the lost one is cleaned", () -> cleaned.get() == 1);
      registry.drain(Duration.ofMinutes(2));
      recording.stop();
      recording.dump(file);
    }

    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dev.holdfast.Cleanup"))
        .anySatisfy(event -> {
          assertThat(event.getString("registry")).isEqualTo("recorded");
          assertThat(event.getString("resource")).isEqualTo("closed");
          assertThat(event.getString("priority")).isEqualTo("NORMAL");
          assertThat(event.getString("outcome")).isEqualTo("CLEANED");
          assertThat(event.getInt("attempts")).isEqualTo(1);
          assertThat(event.getDuration("took")).isPositive();
        });
    assertThat(events)
        .filteredOn(event -> event.getEventType().getName().equals("dev.holdfast.GuardLeak"))
        .singleElement()
        .satisfies(event -> assertThat(event.getString("resource")).isEqualTo("lost"));
  }

  private static void lose(ResourceRegistry registry, AtomicInteger cleaned) {
    assertThat(registry.guard("lost", 2, number -> cleaned.incrementAndGet()).get()).isEqualTo(2);
  }
}
