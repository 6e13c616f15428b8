package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "frame-42", "a.b_c:d/e@f+g-h", "9", "r1000", "r10000g", "R10000"})
  void requireRegionName_allowed_isReturned(String name) {
    assertThat(Names.requireRegionName(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", ".a", "a b", "ä", "a\n", "a=b", "r10000", "rffffffffffff"})
  void requireRegionName_notAllowed_isRefused(String name) {
    assertThatThrownBy(() -> Names.requireRegionName(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name=\"" + name + "\"");
  }

  @Test
  void requireNames_longest_isTheLimit() {
    assertThat(Names.requireRegionName("x".repeat(120))).hasSize(120);
    assertThat(Names.requireSpaceName("x".repeat(64))).hasSize(64);
    assertThatThrownBy(() -> Names.requireRegionName("x".repeat(121)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Names.requireSpaceName("x".repeat(65)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", ".a", "a/b", "_a", "a b", "a:b"})
  void requireSpaceName_notAllowed_isRefused(String name) {
    assertThatThrownBy(() -> SpaceSpec.named(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void objectNames_largestId_fitThirtyCharacters() {
    String hash = Names.spaceHash("/dev/shm/holdfast-1000", "frames");
    RegionId largest = new RegionId(Handle.of(0xFFFF, 0xFFFF_FFFFL));
    assertThat(hash).matches("[0-9a-f]{12}");
    assertThat(Names.controlObject(hash)).isEqualTo("/hf-" + hash + "-ctl");
    assertThat(Names.regionObject(hash, largest)).hasSize(30);
  }

  @Test
  void spaceHash_knownPath_isTheStartOfItsSha256() {
    // printf %s /a/b | sha256sum
    assertThat(Names.spaceHash("/a", "b")).isEqualTo("662b7b62a798");
  }

  @Test
  void hash_knownStrings_areFnv1a() {
    assertThat(Names.hash("")).isEqualTo(0xCBF29CE484222325L);
    assertThat(Names.hash("a")).isEqualTo(0xAF63DC4C8601EC8CL);
    assertThat(Names.hash("foobar")).isEqualTo(0x85944171F73967E8L);
  }
}
