package dev.holdfast.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.resource.file.MapOptions;
import dev.holdfast.resource.file.MappedFile;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileMetricsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @TempDir Path directory;

  private double counter(String name) {
    return meters.get("holdfast.mapped.files." + name).functionCounter().count();
  }

  private double gauge(String name) {
    return meters.get("holdfast.mapped.files." + name).gauge().value();
  }

  @Test
  void meters_ofMappedFiles_showWhatTheProcessDoes() {
    new MappedFileMetrics().bindTo(meters);
    double opened = counter("opened");
    double unmaps = counter("unmaps");
    double grown = counter("grown");
    double bytes = gauge("bytes");
    double open = gauge("open");
    double faults = counter("faults");
    MapOptions options = MapOptions.readWrite().create(4096);
    try (MappedFile file = MappedFile.open(directory.resolve("file"), options)) {
      file.grow(8192);
      assertThat(gauge("open")).isEqualTo(open + 1);
      assertThat(gauge("bytes")).isEqualTo(bytes + 8192);
    }
    assertThat(counter("opened")).isEqualTo(opened + 1);
    assertThat(counter("grown")).isEqualTo(grown + 1);
    assertThat(counter("unmaps")).isEqualTo(unmaps + 1);
    assertThat(counter("faults")).isEqualTo(faults);
    assertThat(gauge("open")).isEqualTo(open);
  }
}
