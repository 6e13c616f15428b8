package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.platform.Errno;
import dev.holdfast.platform.SystemCallException;
import dev.holdfast.region.Verification.Finding;
import dev.holdfast.testkit.FaultyPlatform;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each operation with its first system call failing, then its second, until none is left to fail:
 * the error is typed, the next operation works, and nothing is left of the failed one.
 */
class SpaceFaultTest extends SpaceTestBase {
  private static final int CALLS_MAX = 400;

  private final FaultyPlatform faulty = new FaultyPlatform(PLATFORM);

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOMEM, Errno.EIO, Errno.ENOSPC, Errno.EACCES})
  void operations_nthCallFails_isTypedAndNothingIsLeft(int errno) {
    Map<String, Consumer<Space>> operations =
        Map.of(
            "create", space -> space.create(RegionSpec.named("new").bytes(5000)).close(),
            "create filled",
                space ->
                    space
                        .create(manual("kept", 5000).zeroOnReclaim(), to -> to.fill((byte) 7))
                        .close(),
            "create file", space -> space.create(fileSpec()).close(),
            "open", space -> space.region("there").close(),
            "open by id", space -> space.writableRegion(idOf(space, "there")).close(),
            "sweep", Space::sweep,
            "verify", space -> space.verify(true),
            "repair", Space::repair,
            "leftovers", Space::removeLeftovers,
            "limits", space -> space.changeLimits(seen -> seen.withSpaceBytes(1L << 33)));
    try (Space space = Space.open(spec(), environment(faulty.platform()));
        Region there = space.create(manual("there", 4096))) {
      assertThat(there.takeChecksum()).isNotZero();
      operations.forEach((name, operation) -> failEachCall(space, name, operation, errno));
      space.remove("there");
    }
    assertThat(descriptorLeaks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOMEM, Errno.EIO, Errno.ENOSPC, Errno.EACCES})
  void removeForcibly_nthCallFails_isTypedAndTheNextOneFinishes(int errno) {
    try (Space space = Space.open(spec(), environment(faulty.platform()))) {
      for (int n = 1; n < CALLS_MAX; n++) {
        space.create(manual("doomed", 100).zeroOnReclaim()).close();
        faulty.fail(n, errno);
        attempt(() -> space.removeForcibly("doomed"));
        boolean reached = faulty.reached();
        faulty.fail(Long.MAX_VALUE, errno);
        space.find("doomed").ifPresent(region -> space.remove(region.id().toString()));
        space.sweep();
        assertThat(space.regions()).as("n=%d", n).isEmpty();
        assertThat(space.verify(false).findings()).as("n=%d", n).isEmpty();
        if (!reached) {
          break;
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOMEM, Errno.EIO, Errno.ENOSPC, Errno.EACCES})
  void open_nthCallFails_isTypedAndTheNextOpenWorks(int errno) {
    Environment failing = watched(environment(faulty.platform()));
    int before = descriptorsOpen();
    for (int n = 1; n < CALLS_MAX; n++) {
      faulty.fail(n, errno);
      attempt(() -> Space.open(spec(), failing).close());
      boolean reached = faulty.reached();
      faulty.fail(Long.MAX_VALUE, errno);
      try (Space next = openQuiet()) {
        assertThat(next.participants()).as("n=%d", n).hasSizeLessThanOrEqualTo(2);
        next.sweep();
        assertThat(next.participants()).as("n=%d", n).hasSize(1);
        assertThat(next.verify(false).findings()).as("n=%d", n).isEmpty();
      }
      assertThat(objects()).as("n=%d", n).isEmpty();
      assertThat(descriptorsOpen()).as("n=%d", n).isEqualTo(before);
      if (!reached) {
        break;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Errno.ENOMEM, Errno.EIO, Errno.ENOSPC, Errno.EACCES})
  void close_nthCallFails_othersFinishIt(int errno) {
    int before = descriptorsOpen();
    for (int n = 1; n < CALLS_MAX; n++) {
      Space space = Space.open(spec(), environment(faulty.platform()));
      Region region = space.create(RegionSpec.named("r").bytes(100));
      faulty.fail(n, errno);
      attempt(space::close);
      boolean reached = faulty.reached();
      faulty.fail(Long.MAX_VALUE, errno);
      assertThat(region.toString()).contains("closed");
      try (Space next = openQuiet()) {
        next.sweep();
        assertThat(next.regions()).as("n=%d", n).isEmpty();
        assertThat(next.participants()).as("n=%d", n).hasSize(1);
        assertThat(next.verify(false).findings()).as("n=%d", n).isEmpty();
      }
      assertThat(objects()).as("n=%d", n).isEmpty();
      assertThat(descriptorsOpen()).as("n=%d", n).isEqualTo(before);
      if (!reached) {
        break;
      }
    }
  }

  @Test
  void open_soundObject_isLookedAtByTheMappingAlone() {
    try (Space space = Space.open(spec(), environment(faulty.platform()));
        Region _ = space.create(RegionSpec.named("r").bytes(100))) {
      faulty.fail("status", 1, Errno.EIO);
      space.region("r").close();
      assertThat(faulty.calls()).isZero();
    }
  }

  @Test
  void create_noRoomInSharedMemory_namesTheMountAndLeavesNothing() {
    try (Space space = Space.open(spec(), environment(faulty.platform()))) {
      faulty.fail("allocate", 1, Errno.ENOSPC);
      assertThat(catchThrowable(() -> space.create(RegionSpec.named("big").bytes(12_345))))
          .isInstanceOf(OutOfSharedMemoryException.class)
          .hasMessageContaining("name=big")
          .hasMessageContaining("asked=12345 bytes")
          .hasMessageContaining("mount=/dev/shm (tmpfs)")
          .hasMessageContaining("size=")
          .hasMessageContaining("available=");
      assertThat(objects()).hasSize(1);
      assertThat(space.usage().bytes()).isZero();
      space.create(RegionSpec.named("big").bytes(12_345)).close();
    }
  }

  @Test
  void open_noRoomForTheControlSegment_namesTheMountAndLeavesNothing() {
    faulty.fail("allocate", 1, Errno.ENOSPC);
    assertThat(catchThrowable(() -> Space.open(spec(), environment(faulty.platform()))))
        .isInstanceOf(OutOfSharedMemoryException.class)
        .hasMessageContaining("control segment")
        .hasMessageContaining("available=");
    assertThat(objects()).isEmpty();
    assertThat(root).isEmptyDirectory();
  }

  private void failEachCall(Space space, String name, Consumer<Space> operation, int errno) {
    int before = descriptorsOpen();
    for (int n = 1; n < CALLS_MAX; n++) {
      faulty.fail(n, errno);
      attempt(() -> operation.accept(space));
      boolean reached = faulty.reached();
      faulty.fail(Long.MAX_VALUE, errno);
      String what = "%s, n=%d, errno=%s".formatted(name, n, Errno.symbol(errno));
      space.find("kept").ifPresent(_ -> space.remove("kept"));
      space.sweep();
      assertThat(space.regions()).as(what).extracting(RegionInfo::name).containsExactly("there");
      assertThat(space.openRegions()).as(what).hasSize(1);
      space.removeLeftovers();
      assertThat(objects()).as(what).hasSize(2);
      assertThat(Files.exists(file())).as(what).isFalse();
      assertThat(space.usage().bytes()).as(what).isEqualTo(4096);
      assertThat(space.self().bytesInUse()).as(what).isEqualTo(4096);
      assertThat(space.verify(true).findings()).as(what).extracting(Finding::detail).isEmpty();
      assertThat(descriptorsOpen()).as(what).isEqualTo(before);
      if (!reached) {
        return;
      }
    }
    throw new AssertionError("more than %d calls: %s".formatted(CALLS_MAX, name));
  }

  private static void attempt(Runnable operation) {
    try {
      operation.run();
    } catch (HoldfastException | SystemCallException typed) {
      assertThat(typed.getMessage()).isNotBlank();
    }
  }

  private static Environment watched(Environment environment) {
    return new Environment(
        environment.platform(), environment.pause(), environment.realPath(), true);
  }

  private static String idOf(Space space, String name) {
    return space.find(name).orElseThrow().id().toString();
  }

  private Path file() {
    return root.resolve("backing.bin");
  }

  private RegionSpec fileSpec() {
    return RegionSpec.named("file").bytes(5000).file(file());
  }

  private List<String> descriptorLeaks() {
    List<String> leaks = new ArrayList<>();
    for (String number : Objects.requireNonNull(new File("/proc/self/fd").list())) {
      try {
        String target = Files.readSymbolicLink(Path.of("/proc/self/fd", number)).toString();
        if (target.contains(hash()) || target.startsWith(root.toString())) {
          leaks.add(target);
        }
      } catch (IOException gone) {
        leaks.remove(number); // the listing's own descriptor
      }
    }
    return leaks;
  }
}
