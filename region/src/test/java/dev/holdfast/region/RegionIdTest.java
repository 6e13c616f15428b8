package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionIdTest {
  @ParameterizedTest
  @ValueSource(longs = {0x1_0000, 0x1_0001, 0xFFFF_FFFF_FFFFL, 0x7FFF_ABCDL})
  void parse_itsText_isTheSameId(long handle) {
    RegionId id = new RegionId(handle);
    assertThat(RegionId.parse(id.toString())).contains(id);
    assertThat(Handle.of(id.slot(), id.generation())).isEqualTo(handle);
  }

  @Test
  void toString_slotZeroGenerationOne_isR10000() {
    assertThat(new RegionId(Handle.of(0, 1))).hasToString("r10000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "r", "r1000", "r0ffff", "R10000", "r1000g", "r1000000000000", "frame"})
  void parse_somethingElse_isEmpty(String text) {
    assertThat(RegionId.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0xFFFF, 1L << 48, -1})
  void new_noGenerationOrTooLarge_isRefused(long handle) {
    assertThatThrownBy(() -> new RegionId(handle)).isInstanceOf(IllegalArgumentException.class);
  }
}
