package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceTest {
  @TempDir Path root;

  private SpaceSpec spec() {
    return SpaceSpec.named("test").under(root);
  }

  @Test
  void create_thenOpenElsewhere_sameBytes() {
    try (Space a = Space.open(spec());
        Space b = Space.open(spec());
        Region made = a.create(RegionSpec.named("r").bytes(8192))) {
      made.segment().set(ValueLayout.JAVA_LONG, 0, 42);
      try (Region seen = b.region("r")) {
        assertThat(seen.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
        assertThat(seen.isWritable()).isFalse();
        assertThat(seen.info().holders()).hasSize(2);
      }
      assertThat(a.verify(true).findings()).isEmpty();
    }
  }

  @Test
  void close_lastHolder_regionIsGone() {
    try (Space a = Space.open(spec())) {
      a.create(RegionSpec.named("r").bytes(100)).close();
      assertThat(a.regions()).isEmpty();
      assertThatThrownBy(() -> a.region("r")).isInstanceOf(RegionNotFoundException.class);
    }
    assertThat(root).isEmptyDirectory();
  }
}
