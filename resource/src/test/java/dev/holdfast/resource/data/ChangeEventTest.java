package dev.holdfast.resource.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangeEventTest {
  @TempDir Path directory;

  @Test
  void recording_changes_areInIt() throws Exception {
    Path file = directory.resolve("data.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("dev.holdfast.SharedDataChange");
      recording.start();
      SharedData<List<String>> data = SharedData.of(new ArrayList<>(), ArrayList::new);
      data.change(list -> list.add("in place"));
      try (Lease<List<String>> lease = data.lease()) {
        data.change(list -> list.add("beside " + lease.version()));
      }
      data.update(List::copyOf);
      recording.stop();
      recording.dump(file);
    }

    List<RecordedEvent> events =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("dev.holdfast.SharedDataChange"))
            .toList();
    assertThat(events)
        .extracting(event -> event.getString("how"))
        .containsExactly("IN_PLACE", "COPIED", "REPLACED");
    assertThat(events).extracting(event -> event.getLong("version")).containsExactly(1L, 2L, 3L);
    assertThat(events.getFirst().getString("valueClass")).isEqualTo("java.util.ArrayList");
  }
}
