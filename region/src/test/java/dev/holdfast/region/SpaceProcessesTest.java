package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.holdfast.testkit.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Real processes, real kills. */
class SpaceProcessesTest extends SpaceTestBase {

  /** Opens the space many times at once, creates a region, and waits to be told to go. */
  static final class Peer {
    private Peer() {}

    public static void main(String[] arguments) throws Exception {
      SpaceSpec spec =
          SpaceSpec.named(SPACE)
              .under(Path.of(arguments[0]))
              .limits(Limits.DEFAULT.withRegions(64));
      List<Space> spaces = openAtOnce(spec, Integer.parseInt(arguments[1]));
      Space space = spaces.getFirst();
      Region region = space.create(RegionSpec.named(arguments[2]).bytes(4096));
      region.segment().set(ValueLayout.JAVA_LONG, 0, ProcessHandle.current().pid());
      System.out.println("READY");
      awaitLine();
      spaces.forEach(Space::close);
      System.out.println("LEFT");
    }

    private static void awaitLine() throws IOException {
      var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      assertThat(in.readLine()).isEqualTo("GO");
    }
  }

  static List<Space> openAtOnce(SpaceSpec spec, int count) throws Exception {
    List<Space> spaces = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Future<Space>> opening = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        opening.add(threads.submit(() -> Space.open(spec)));
      }
      for (Future<Space> each : opening) {
        spaces.add(each.get(60, TimeUnit.SECONDS));
      }
    }
    return spaces;
  }

  @Test
  void open_processesAndThreadsAtOnce_oneSpace() throws Exception {
    List<ChildProcess> peers = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        peers.add(ChildProcess.java(Peer.class, root.toString(), "16", "region-" + i));
      }
      List<Space> mine = openAtOnce(spec(), 16);
      peers.forEach(peer -> peer.await("READY"));
      assertThat(mine.getFirst().participants()).hasSize(64);
      assertThat(mine.getFirst().participants()).allMatch(ParticipantInfo::alive);
      assertThat(mine.getFirst().verify(false).findings()).isEmpty();
      mine.forEach(Space::close);
      peers.forEach(peer -> peer.say("GO"));
      peers.forEach(peer -> peer.await("LEFT"));
    } finally {
      peers.forEach(ChildProcess::close);
    }
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void holderKilled_othersNoticeAndItsRegionGoes() {
    try (Space space = open();
        ChildProcess peer = ChildProcess.java(Peer.class, root.toString(), "1", "shared")) {
      peer.await("READY");
      Region held = space.region("shared");
      assertThat(held.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(peer.pid());
      assertThat(held.info().holders()).hasSize(2);
      peer.kill();
      assertTimeoutPreemptively(
          watchdog(),
          () -> {
            while (space.participants().size() > 1) {
              Thread.onSpinWait();
            }
          });
      assertThat(held.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(peer.pid());
      held.close();
      assertThat(space.regions()).isEmpty();
      assertThat(space.events())
          .extracting(SpaceEvent::kind)
          .contains(SpaceEvent.Kind.RECOVERED, SpaceEvent.Kind.RECLAIMED);
    }
  }

  @Test
  void stoppedProcess_countsAsAlive() {
    try (Space space = open();
        ChildProcess peer = ChildProcess.java(Peer.class, root.toString(), "1", "shared")) {
      peer.await("READY");
      peer.stop();
      assertThat(space.sweep().participantsRecovered()).isZero();
      assertThat(space.participants()).hasSize(2).allMatch(ParticipantInfo::alive);
      peer.resume();
      peer.say("GO");
      peer.await("LEFT");
      assertThat(space.participants()).hasSize(1);
    }
  }

  @Test
  void peersComeAndGo_watcherForgetsThem() {
    try (Space space = open()) {
      int before = descriptorsOpen();
      for (int i = 0; i < 3; i++) {
        Space other = openQuiet();
        awaitDescriptors(before + 2, Integer.MAX_VALUE); // its liveness file, and our eye on it
        other.close();
      }
      try (Space _ = openQuiet()) {
        awaitDescriptors(before + 2, before + 2);
      }
      assertThat(space.participants()).hasSize(1);
    }
  }

  private static void awaitDescriptors(int least, int most) {
    assertTimeoutPreemptively(
        watchdog(),
        () -> {
          int open = descriptorsOpen();
          while (open < least || open > most) {
            Thread.onSpinWait();
            open = descriptorsOpen();
          }
        });
  }
}
