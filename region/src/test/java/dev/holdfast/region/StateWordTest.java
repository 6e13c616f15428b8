package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StateWordTest {
  private static final long LAST = 0xFFFF_FFFFL;

  @Test
  void words_ofEveryState_unpackToWhatWasPacked() {
    long creating = StateWord.creating(1023, LAST);
    assertThat(StateWord.state(creating)).isEqualTo(StateWord.CREATING);
    assertThat(StateWord.actor(creating)).isEqualTo(1023);
    assertThat(StateWord.generation(creating)).isEqualTo(LAST);
    long retired = StateWord.live(7) | StateWord.RETIRED;
    long reclaiming = StateWord.reclaiming(0, retired);
    assertThat(StateWord.isRetired(reclaiming)).isTrue();
    assertThat(StateWord.actor(reclaiming)).isZero();
    assertThat(StateWord.backToLive(reclaiming)).isEqualTo(retired);
    assertThat(StateWord.isHoldable(retired, 7)).isFalse();
    assertThat(StateWord.isHoldable(StateWord.live(7), 7)).isTrue();
    assertThat(StateWord.isHoldable(StateWord.live(7), 8)).isFalse();
  }

  @Test
  void nextGeneration_last_isOne() {
    assertThat(StateWord.nextGeneration(LAST)).isEqualTo(1);
    assertThat(StateWord.nextGeneration(0)).isEqualTo(1);
  }

  @Test
  void isLegal_whatTheProtocolsProduce_only() {
    for (long legal :
        List.of(
            StateWord.free(0),
            StateWord.free(LAST),
            StateWord.creating(63, 1),
            StateWord.live(1),
            StateWord.live(1) | StateWord.RETIRED,
            StateWord.reclaiming(0, StateWord.live(1)))) {
      assertThat(StateWord.isLegal(legal, 64)).as(StateWord.describe(legal)).isTrue();
    }
    for (long illegal :
        List.of(
            StateWord.free(1) | StateWord.RETIRED,
            StateWord.creating(64, 1),
            StateWord.creating(0, 0),
            StateWord.live(0),
            StateWord.live(1) | 1 << 16,
            StateWord.live(1) | 1 << 9,
            StateWord.backToLive(StateWord.live(1)) | 1,
            1L << 32 | 9)) {
      assertThat(StateWord.isLegal(illegal, 64)).as(StateWord.describe(illegal)).isFalse();
    }
  }

  @Test
  void describe_anyState_namesIt() {
    assertThat(StateWord.describe(StateWord.free(2))).isEqualTo("FREE(2)");
    assertThat(StateWord.describe(StateWord.creating(1, 2))).isEqualTo("CREATING(2)");
    assertThat(StateWord.describe(StateWord.live(2) | StateWord.RETIRED))
        .isEqualTo("LIVE+RETIRED(2)");
    assertThat(StateWord.describe(StateWord.reclaiming(1, StateWord.live(3))))
        .isEqualTo("RECLAIMING(3)");
    assertThat(StateWord.describe(9)).isEqualTo("state 9(0)");
  }
}
