package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;

class ConfigReloadEventTest extends ConfigTest {

  record Value(int number, Secret key) {}

  @Test
  void reload_recorded_tellsOutcomesAndKeysButNoValues() throws Exception {
    AtomicReference<String> text = new AtomicReference<>("number: 1\nkey: hunter2\n");
    ReloadableConfig<Value> config =
        closing(
            ReloadableConfig.of(Value.class)
                .name("recorded")
                .withoutWatch()
                .source(ConfigSource.text("t", ConfigFormat.YAML, text::get))
                .open());
    Path file = directory.resolve("config.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("dev.holdfast.ConfigReload").withoutThreshold();
      recording.start();
      text.set("number: 2\nkey: hunter3\n");
      applied(config.reload());
      text.set("number: x\n");
      assertThat(rejected(config.reload())).hasSize(2);
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events)
        .extracting(event -> event.getString("outcome"))
        .containsExactly("Applied", "Rejected");
    RecordedEvent first = events.getFirst();
    assertThat(first.getString("config")).isEqualTo("recorded");
    assertThat(first.getString("changedKeys")).isEqualTo("number, key");
    assertThat(first.getLong("version")).isEqualTo(2);
    assertThat(first.getString("fingerprint")).isEqualTo(config.snapshot().fingerprint());
    assertThat(events.getLast().getInt("problems")).isEqualTo(2);
    assertThat(events.toString()).doesNotContain("hunter");
  }
}
