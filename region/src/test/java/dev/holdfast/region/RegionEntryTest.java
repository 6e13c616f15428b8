package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegionEntryTest {
  private static RegionSpec full() {
    return RegionSpec.named("a/b")
        .bytes(77)
        .file(Path.of("/nowhere/at/all"))
        .policy(RegionPolicy.referenceCounted(Duration.ofSeconds(3)))
        .permissions(0640)
        .onOwnerDeath(OwnerDeath.RESET)
        .metadata("k", "v=w")
        .metadata("ä", "ö");
  }

  private static RegionEntry entry(RegionSpec spec) {
    return spec.toEntry(77, true, new Actor(3, 9, 4242), 1000, 123_456_789L)
        .withHandle(Handle.of(5, 6));
  }

  @Test
  void parse_itsBytes_isTheSameEntry() {
    for (RegionSpec spec :
        List.of(
            full(),
            full().policy(RegionPolicy.manual()).zeroOnReclaim(),
            full().policy(RegionPolicy.automatic()),
            RegionSpec.named("x".repeat(120)).bytes(77))) {
      RegionEntry entry = entry(spec);
      StringBuilder damage = new StringBuilder();
      assertThat(RegionEntry.parse(entry.toBytes(), damage)).contains(entry);
      assertThat(damage).isEmpty();
    }
  }

  @Test
  void parse_anyBitOfTheImmutablePartFlipped_isRefused() {
    byte[] bytes = entry(full()).toBytes();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      int at = bit / 8;
      boolean mutable = at >= RegionLayout.LAST_ACCESS && at < RegionLayout.MUTABLE_END;
      bytes[at] ^= (byte) (1 << bit % 8);
      StringBuilder damage = new StringBuilder();
      assertThat(RegionEntry.parse(bytes, damage).isPresent()).as("byte %d", at).isEqualTo(mutable);
      assertThat(damage.isEmpty()).as("byte %d", at).isEqualTo(mutable);
      bytes[at] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void parse_impossibleFieldWithAFittingChecksum_isRefused() {
    assertRefused(RegionLayout.SIZE, 0);
    assertRefused(RegionLayout.BACKING, 3);
    assertRefused(RegionLayout.POLICY, 0);
    assertRefused(RegionLayout.POLICY, 4);
    assertRefused(RegionLayout.POLICY_NANOS, -1);
    assertRefused(RegionLayout.OPTIONS, 3 << 8);
    assertRefused(RegionLayout.NAME_LENGTH, 121);
    assertRefused(RegionLayout.NAME_LENGTH, -1);
    assertRefused(RegionLayout.PATH_LENGTH, 385);
    assertRefused(RegionLayout.METADATA_LENGTH, 257);
  }

  @Test
  void spec_impossible_isRefusedAtOnce() {
    RegionSpec spec = RegionSpec.named("r");
    assertRefused(() -> spec.bytes(0));
    assertRefused(() -> spec.bytes(-1));
    assertRefused(() -> spec.permissions(01777));
    assertRefused(() -> spec.metadata("", "v"));
    assertRefused(() -> spec.metadata("a=b", "v"));
    assertRefused(() -> spec.metadata("a", "v\nw"));
    assertRefused(() -> spec.metadata("a", "x".repeat(254)));
    assertRefused(() -> spec.file(Path.of("/" + "x".repeat(384))));
    assertRefused(() -> RegionPolicy.automatic(Duration.ofNanos(-1)));
    assertRefused(() -> RegionPolicy.referenceCounted(Duration.ofNanos(-1)));
    assertRefused(() -> Limits.DEFAULT.withSpaceBytes(0));
    assertRefused(() -> Limits.DEFAULT.withRegionBytes(-1));
    assertRefused(() -> Limits.DEFAULT.withParticipantBytes(0));
    assertRefused(() -> Limits.DEFAULT.withRegions(65_536));
    assertRefused(() -> Limits.DEFAULT.withParticipants(1025));
    assertRefused(() -> Limits.DEFAULT.withSweepInterval(Duration.ZERO));
  }

  @Test
  void spec_changed_isACopy() {
    RegionSpec spec = RegionSpec.named("r").bytes(1);
    assertThat(spec.bytes(2).bytes()).isEqualTo(2);
    assertThat(spec.bytes()).isEqualTo(1);
    assertThat(spec.metadata("a", "x".repeat(253))).isNotNull();
  }

  private static void assertRefused(Runnable change) {
    assertThatThrownBy(change::run).isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(int field, long value) {
    byte[] bytes = entry(full()).toBytes();
    ByteBuffer buffer = Geometry.buffer(bytes);
    buffer.putLong(field, value);
    buffer.putLong(
        RegionLayout.CRC,
        Crc.of(bytes, 0, RegionLayout.CRC, RegionLayout.MUTABLE_END, RegionLayout.BYTES));
    StringBuilder damage = new StringBuilder();
    assertThat(RegionEntry.parse(bytes, damage)).as("field %d = %d", field, value).isEmpty();
    assertThat(damage).isNotEmpty();
  }
}
