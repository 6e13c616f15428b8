package dev.holdfast.resource.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SettlingTest {
  private static final long POLL = 1000;
  private static final long QUIET = 10;
  private static final String OLD = "old";

  private final Settling settling = new Settling(Duration.ofNanos(QUIET), Duration.ofNanos(POLL));

  @Test
  void waitNanos_timesLongerThanAnyClockCounts_areLong() {
    Duration forEver = Duration.ofSeconds(Long.MAX_VALUE);
    Settling patient = new Settling(forEver, forEver);
    long years = Duration.ofDays(1_000).toNanos();
    assertThat(patient.waitNanos(0)).isGreaterThan(years);
    patient.noise(0);
    assertThat(patient.waitNanos(0)).isGreaterThan(years);
    assertThat(patient.look("new", OLD, years)).isFalse();
  }

  @Test
  void look_nothingHappened_waitsForThePoll() {
    assertThat(settling.waitNanos(0)).isEqualTo(POLL);
    assertThat(settling.look(OLD, OLD, POLL)).isFalse();
    assertThat(settling.waitNanos(POLL)).isEqualTo(POLL);
  }

  @Test
  void look_pollSeesAChange_reloadsWhenItSeesTheSameAgain() {
    assertThat(settling.look("new", OLD, 100)).isFalse();
    assertThat(settling.waitNanos(100)).isEqualTo(QUIET);
    assertThat(settling.look("new", OLD, 110)).isTrue();
    assertThat(settling.look("new", "new", 110)).isFalse();
    assertThat(settling.waitNanos(110)).isEqualTo(POLL);
  }

  @Test
  void look_contentStillChanges_waitsOn() {
    assertThat(settling.look("n", OLD, 100)).isFalse();
    assertThat(settling.look("ne", OLD, 110)).isFalse();
    assertThat(settling.look("new", OLD, 120)).isFalse();
    assertThat(settling.look("new", OLD, 125)).isFalse();
    assertThat(settling.look("new", OLD, 135)).isTrue();
  }

  @Test
  void noise_firstOneAsksForALook_furtherOnesForQuiet() {
    assertThat(settling.noise(100)).isTrue();
    assertThat(settling.look("new", OLD, 100)).isFalse();
    assertThat(settling.noise(105)).isFalse();
    assertThat(settling.waitNanos(105)).isEqualTo(QUIET);
    assertThat(settling.look("new", OLD, 115)).isTrue();
  }

  @Test
  void noise_thatEndsWithTheOldContent_reloadsNothing() {
    settling.noise(100);
    assertThat(settling.look("", OLD, 100)).isFalse();
    assertThat(settling.look(OLD, OLD, 110)).isFalse();
    assertThat(settling.look(OLD, OLD, 120)).isFalse();
    assertThat(settling.waitNanos(120)).isEqualTo(POLL);
  }

  @Test
  void look_neverAtRest_isTakenAsItIsAfterAWhile() {
    long now = 100;
    int looks = 0;
    settling.noise(now);
    while (!settling.look("content " + looks, OLD, now)) {
      now += Math.max(1, settling.waitNanos(now));
      looks++;
    }
    assertThat(now - 100).isEqualTo(20 * QUIET);
    assertThat(settling.waitNanos(now)).isEqualTo(POLL);
  }
}
