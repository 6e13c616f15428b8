package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many processes of both languages come into a space that does not exist, all at once. */
class OpeningTest {
  private static final int JVMS = 16;
  private static final int PYTHONS = 48;

  @TempDir Path root;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void open_by64ProcessesAtOnce_isOneInitialisedSpace() {
    String script =
        Path.of(System.getProperty("holdfast.root"), "stress/src/test/python/joiner.py").toString();
    List<ChildProcess> children = new ArrayList<>();
    try {
      for (int i = 0; i < JVMS + PYTHONS; i++) {
        children.add(
            i % 4 == 0
                ? ChildProcess.java(HoldingChild.class, root.toString(), "opening")
                : ChildProcess.python(script, root.toString(), "opening"));
      }
      for (ChildProcess child : children) {
        assertThat(child.line()).as(child.errors()).startsWith("IN ");
      }
      try (Space space = Space.open(SpaceSpec.named("opening").under(root).existing())) {
        assertThat(space.participants())
            .hasSize(JVMS + PYTHONS + 1)
            .allMatch(ParticipantInfo::alive);
        assertThat(space.participants())
            .filteredOn(participant -> participant.kind() == ParticipantInfo.Kind.PYTHON)
            .hasSize(PYTHONS);
        assertThat(space.events()).filteredOn(event -> event.sequence() == 1).hasSize(1);
        assertThat(space.verify(false).findings()).isEmpty();
      }
    } finally {
      children.forEach(ChildProcess::close);
    }
    try (Space space = Space.open(SpaceSpec.named("opening").under(root))) {
      space.sweep();
      assertThat(space.participants()).hasSize(1);
    }
    assertThat(root).isEmptyDirectory();
  }
}
