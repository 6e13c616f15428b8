package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** A process id is a hint; only the kernel's lock proves anything. */
class WatcherTest extends SpaceTestBase {
  private static void pretendAnotherProcess(Space participant, long pid, long startTime) {
    Member member = participant.member();
    long entry = member.segment.participant(member.me.slot());
    member.segment.words().set(entry + ParticipantLayout.PID, pid);
    member.segment.words().set(entry + ParticipantLayout.START_TIME, startTime);
  }

  @Test
  void watch_pidWasReusedByALivingProcess_theDeadParticipantIsRecoveredAllTheSame()
      throws Exception {
    Process other = new ProcessBuilder("sleep", "600").start();
    try (Space dead = openQuiet()) {
      Region region = dead.create(manual("r", 100));
      pretendAnotherProcess(dead, other.pid(), 1);
      dead.member().live.close(); // what the kernel does when its process dies
      try (Space watching = open()) {
        long deadline = System.nanoTime() + 60_000_000_000L; // watchdog
        while (!watching.find("r").orElseThrow().holders().isEmpty()) {
          assertThat(System.nanoTime()).isLessThan(deadline);
          LockSupport.parkNanos(1_000_000);
        }
        assertThat(watching.participants()).hasSize(1);
        watching.remove("r");
      }
      assertThat(region.bytes()).isEqualTo(100);
    } catch (RuntimeException closingTheDead) {
      assertThat(closingTheDead).isNotInstanceOf(AssertionError.class);
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void watch_processOfThatIdEnds_aLivingParticipantKeepsItsHold() throws Exception {
    Process other = new ProcessBuilder("sleep", "600").start();
    try (Space living = openQuiet();
        Region region = living.create(manual("r", 100));
        Space watching = open()) {
      pretendAnotherProcess(living, other.pid(), PLATFORM.startTimeOf(other.pid()));
      try (Space _ =
          openQuiet()) { // a join: the watcher looks for newcomers and watches that process
        other.destroyForcibly().waitFor();
        assertThat(watching.sweep().participantsRecovered()).isZero();
      }
      assertThat(region.info().holders()).hasSize(1);
      watching.remove("r");
    }
  }
}
