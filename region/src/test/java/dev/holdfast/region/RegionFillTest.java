package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Descriptor;
import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region that is filled before anybody else can open it. */
@SuppressWarnings("try") // closing early, inside the try, is what is tested
class RegionFillTest extends SpaceTestBase {
  @TempDir Path files;

  @Test
  void create_filled_othersSeeItWholeOrNotAtAll() {
    try (Space space = openQuiet();
        Space other = openQuiet();
        Region made =
            space.create(
                manual("r", 4096),
                to -> {
                  requireUnfinished(other);
                  to.fill((byte) 7);
                });
        Region seen = other.region("r")) {
      assertThat(seen.segment().get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 7);
      made.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 8);
      assertThat(seen.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 8);
      assertThat(made.info().opens()).isEqualTo(2);
      space.remove("r");
    }
  }

  private static void requireUnfinished(Space other) {
    RegionInfo region = other.find("r").orElseThrow();
    assertThat(region.state()).isEqualTo(RegionInfo.State.CREATING);
    assertThatThrownBy(() -> other.region("r")).isInstanceOf(RegionNotFoundException.class);
    assertThatThrownBy(() -> other.region(region.id())).isInstanceOf(RegionNotFoundException.class);
    assertThatThrownBy(() -> other.create(manual("r", 10)))
        .isInstanceOf(NameTakenException.class)
        .hasMessageContaining("CREATING");
    assertThat(other.verify(true).findings()).isEmpty();
    assertThat(other.findLeftovers()).isEmpty();
  }

  @Test
  void create_fillThrows_theRegionNeverWas() {
    List<MemorySegment> views = new ArrayList<>();
    try (Space space = openQuiet()) {
      assertThatThrownBy(() ->
              space.create(
                  manual("r", 4096),
                  to -> {
                    views.add(to);
                    throw new IllegalArgumentException("on purpose");
                  }))
          .hasMessage("on purpose");
      assertThat(space.regions()).isEmpty();
      assertThat(space.openRegions()).isEmpty();
      assertThat(space.usage().bytes()).isZero();
      assertThat(objects()).hasSize(1); // the control segment
      assertThatThrownBy(() -> views.getFirst().get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
      space.create(RegionSpec.named("r").bytes(1)).close();
    }
  }

  @Test
  void create_fillThrowsOnASecretRegion_itsBytesAreZeroedFirst() {
    try (Space space = openQuiet();
        Arena arena = Arena.ofConfined()) {
      List<MemorySegment> foreign = new ArrayList<>();
      assertThatThrownBy(() ->
              space.create(
                  manual("r", 4096).zeroOnReclaim(),
                  to -> {
                    to.fill((byte) 7);
                    foreign.add(mapped(space.find("r").orElseThrow().osName(), arena));
                    throw new IllegalArgumentException("on purpose");
                  }))
          .hasMessage("on purpose");
      assertThat(foreign.getFirst().mismatch(arena.allocate(4096))).isEqualTo(-1);
    }
  }

  private static MemorySegment mapped(String object, Arena arena) {
    Descriptor opened = PLATFORM.openShared(object, Access.READ_ONLY, Creation.OPEN, 0);
    try {
      return PLATFORM.map(opened, 4096, Access.READ_ONLY, arena);
    } finally {
      PLATFORM.close(opened);
    }
  }

  @Test
  void create_fillThrowsOnANewFile_theFileIsGone() {
    Path file = files.resolve("new");
    try (Space space = openQuiet()) {
      assertThatThrownBy(() ->
              space.create(
                  RegionSpec.named("r").file(file).bytes(100).zeroOnReclaim(),
                  _ -> {
                    assertThat(file).hasSize(100);
                    throw new IllegalArgumentException("on purpose");
                  }))
          .hasMessage("on purpose");
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void close_fromInsideTheFilling_isRefused() {
    try (Space space = openQuiet()) {
      assertThatThrownBy(() -> space.create(manual("r", 10), _ -> space.close()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("inside one of its operations");
      assertThat(space.regions()).isEmpty();
    }
  }
}
