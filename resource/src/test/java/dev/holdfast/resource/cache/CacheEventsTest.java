package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheEventsTest {
  @TempDir Path scratch;

  @Test
  void recording_loadSweepAndChangeOfPolicy_holdsTheirEvents() throws Exception {
    Path file = scratch.resolve("cache.jfr");
    try (Recording recording = new Recording()) {
      for (String name : List.of("CacheLoad", "CacheSweep", "CachePolicy")) {
        recording.enable("dev.holdfast." + name).withThreshold(Duration.ZERO);
      }
      recording.start();
      loadAndSweep();
      loopUntilAnotherPolicyLeads();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);

    RecordedEvent load = only(events, "dev.holdfast.CacheLoad");
    assertThat(load.getString("cache")).isEqualTo("customers");
    assertThat(load.getBoolean("succeeded")).isTrue();
    assertThat(only(events, "dev.holdfast.CacheSweep").getLong("expired")).isEqualTo(1);
    RecordedEvent policy = only(events, "dev.holdfast.CachePolicy");
    assertThat(policy.getString("former")).isEqualTo("S3_FIFO");
    assertThat(policy.getString("present")).isEqualTo("W_TINY_LFU");
  }

  private static RecordedEvent only(List<RecordedEvent> events, String name) {
    List<RecordedEvent> found =
        events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  private static void loadAndSweep() {
    FakeClock clock = new FakeClock();
    try (Cache<String, Integer> cache =
        Cache.<String, Integer>builder()
            .name("customers")
            .maximumEntries(10)
            .clock(clock)
            .sweepInterval(Duration.ZERO)
            .expireAfterWrite(Duration.ofSeconds(1))
            .build()) {
      cache.get("a", key -> 1);
      clock.advance(Duration.ofSeconds(2));
      cache.sweep();
    }
  }

  private static void loopUntilAnotherPolicyLeads() {
    int[] loop = Workloads.loop(1000, 40_000);
    try (Cache<Integer, Integer> cache =
        Cache.<Integer, Integer>builder().maximumEntries(500).build()) {
      IntStream.of(loop)
          .filter(key -> cache.getIfPresent(key) == null)
          .forEach(key -> cache.put(key, key));
    }
  }
}
