package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.region.Limits;
import dev.holdfast.region.ParticipantInfo;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionInfo;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceEvent;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.testkit.ChildProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who counts as dead, and who does not, with real processes of both languages. */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeathTest {
  private static final boolean LONG = Boolean.getBoolean("holdfast.long");
  private static final Duration STOPPED = LONG ? Duration.ofMinutes(3) : Duration.ofSeconds(3);

  @TempDir Path root;

  private Space space;
  private Region region;

  @BeforeEach
  void open() {
    Limits neverByItself = Limits.DEFAULT.withSweepInterval(Duration.ofDays(1));
    space = Space.open(SpaceSpec.named("death").under(root).limits(neverByItself));
    region = space.create(RegionSpec.named("r").bytes(4096).policy(RegionPolicy.manual()));
  }

  @AfterEach
  void close() {
    space.sweep();
    region.close();
    space.remove("r");
    assertThat(space.verify(true).findings()).isEmpty();
    assertThat(space.regions()).isEmpty();
    space.close();
    assertThat(root).isEmptyDirectory();
  }

  private ChildProcess java() {
    ChildProcess child = ChildProcess.java(HoldingChild.class, root.toString(), "death", "r");
    child.await("READY " + region.id());
    return child;
  }

  private static String script(String name) {
    return Path.of(System.getProperty("holdfast.root"), "stress/src/test/python", name).toString();
  }

  private ChildProcess python(String... more) {
    List<String> arguments = new ArrayList<>(List.of(root.toString(), "death", "r"));
    arguments.addAll(List.of(more));
    ChildProcess child = ChildProcess.python(script("holder.py"), arguments.toArray(String[]::new));
    assertThat(child.line()).startsWith("READY ");
    return child;
  }

  private int holders() {
    return region.info().holders().size();
  }

  /** Waits for what another process or thread does; the deadline is only a watchdog. */
  private static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("watchdog: " + what).isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void kill_anyOfTheHolders_theCountIsThatOfTheLiving() {
    try (ChildProcess a = java();
        ChildProcess b = python();
        ChildProcess c = java();
        ChildProcess d = python()) {
      assertThat(holders()).isEqualTo(5);
      a.kill();
      d.kill();
      await(() -> sweepAndCount() == 3, "the living, who may be recovering one of the dead");
      b.kill();
      c.kill();
      space.sweep();
      assertThat(holders()).isEqualTo(1);
    }
  }

  @Test
  void kill_withoutAnySweep_theDeathNoticeSubtractsTheHolder() {
    try (ChildProcess a = java();
        ChildProcess b = python()) {
      a.kill();
      b.kill();
      await(() -> holders() == 1, "death notice");
      await(() -> space.participants().size() == 1, "recovery");
    }
  }

  @Test
  void zombie_isDead() {
    try (ChildProcess parent = python("zombie")) {
      // The parent left; its child is a zombie, but the kernel may still be ending another thread
      // of it.
      await(() -> sweepAndCount() == 1 && space.participants().size() == 1, "the kernel's release");
      assertThat(parent.alive()).isTrue();
    }
  }

  @Test
  void stopped_isAliveHoweverLong() {
    try (ChildProcess a = java();
        ChildProcess b = python()) {
      a.stop();
      b.stop();
      long end = System.nanoTime() + STOPPED.toNanos();
      while (System.nanoTime() < end) {
        assertThat(space.sweep().participantsRecovered()).isZero();
        assertThat(holders()).isEqualTo(3);
        LockSupport.parkNanos(STOPPED.toNanos() / 50);
      }
      assertThat(space.participants()).allMatch(ParticipantInfo::alive);
      a.resume();
      b.resume();
      a.kill();
      b.kill();
      space.sweep();
      assertThat(holders()).isEqualTo(1);
    }
  }

  @Test
  void otherPidNamespaces_sameProcessId_bothAreCountedAndRecovered() {
    assumeTrue(canUnshare(), "NOT RUN: unshare -p is not permitted here");
    try (ChildProcess a = inOwnPidNamespace();
        ChildProcess b = inOwnPidNamespace()) {
      assertThat(a.line()).isEqualTo("READY 1");
      assertThat(b.line()).isEqualTo("READY 1");
      assertThat(holders()).isEqualTo(3);
      space.sweep();
      assertThat(holders()).isEqualTo(3);
      a.kill(); // the namespace's first process goes with unshare's --kill-child
      await(() -> sweepAndCount() == 2, "the kernel releasing the byte");
      assertThat(b.alive()).isTrue();
    }
  }

  /** The other one may have recovered the dead before our sweep comes. */
  private int sweepAndCount() {
    space.sweep();
    return holders();
  }

  private static boolean canUnshare() {
    try (ChildProcess probe =
        ChildProcess.command(List.of("unshare", "-p", "-f", "--kill-child", "true"))) {
      return probe.waitFor() == 0;
    } catch (java.io.UncheckedIOException absent) {
      return false;
    }
  }

  private ChildProcess inOwnPidNamespace() {
    return ChildProcess.command(
        List.of(
            "unshare",
            "-p",
            "-f",
            "--kill-child",
            "python3",
            "-u",
            script("holder.py"),
            root.toString(),
            "death",
            "r"));
  }

  @Test
  void kill_halfwayThroughFilling_nothingIsLeft() {
    List<String> arguments = List.of(root.toString(), "death", "half", "fill");
    String[] all = arguments.toArray(String[]::new);
    try (ChildProcess java = ChildProcess.java(HoldingChild.class, all)) {
      requireUndoneAfterKill(java);
    }
    try (ChildProcess python = ChildProcess.python(script("holder.py"), all)) {
      requireUndoneAfterKill(python);
    }
  }

  private void requireUndoneAfterKill(ChildProcess filling) {
    assertThat(filling.line()).startsWith("READY ");
    assertThat(space.find("half").orElseThrow().state()).isEqualTo(RegionInfo.State.CREATING);
    assertThatThrownBy(() -> space.region("half")).isInstanceOf(RegionNotFoundException.class);
    assertThat(space.sweep().participantsRecovered()).isZero();
    filling.kill();
    space.sweep();
    assertThat(space.regions()).extracting(RegionInfo::name).containsExactly("r");
    assertThat(space.events().getLast().kind()).isEqualTo(SpaceEvent.Kind.RECOVERED);
    assertThat(space.events()).extracting(SpaceEvent::kind).contains(SpaceEvent.Kind.UNDONE);
    assertThat(space.findLeftovers()).isEmpty();
  }

  @Test
  void owner_dies_manualRegionStaysAndSaysSo() {
    RegionInfo before = region.info();
    try (ChildProcess child = java()) {
      child.kill();
      space.sweep();
      assertThat(region.info().owner()).isEqualTo(before.owner());
      assertThat(region.info().owner().present()).isTrue();
    }
  }
}
