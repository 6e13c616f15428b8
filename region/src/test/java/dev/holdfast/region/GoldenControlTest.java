package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.ProcessIdentity;
import dev.holdfast.platform.Words;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The golden files that the Java and the Python client are both held against. To write them anew
 * after a change of the layout: {@code -Dholdfast.golden.write=true}.
 */
class GoldenControlTest {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("holdfast.root", "..")).resolve("docs/layout/golden");
  private static final Path SEGMENT = DIRECTORY.resolve("control-1.0.bin");
  private static final Path DESCRIPTION = DIRECTORY.resolve("control-1.0.json");

  private final GoldenControl golden = new GoldenControl();

  @BeforeAll
  static void littleEndianOnly() {
    Assumptions.assumeTrue(
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN, "the golden file is little-endian");
  }

  @BeforeAll
  static void writeAnewIfAsked() throws IOException {
    if (Boolean.getBoolean("holdfast.golden.write")) {
      Files.createDirectories(DIRECTORY);
      Files.write(SEGMENT, new GoldenControl().bytes());
      Files.writeString(DESCRIPTION, new GoldenControl().description());
    }
  }

  @Test
  void files_writtenFromTheTables_areByteForByteThese() throws IOException {
    assertThat(Files.readAllBytes(SEGMENT)).isEqualTo(golden.bytes());
    assertThat(Files.readString(DESCRIPTION)).isEqualTo(golden.description());
  }

  @Test
  void check_goldenFile_findsEverySection() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ControlSegment segment = read(arena);
      assertThat(segment.geometry()).isEqualTo(Geometry.of(64, 4, 64));
      assertThat(
              ControlSegment.isOfBoot(
                  segment.words(), GoldenControl.BOOT_HIGH, GoldenControl.BOOT_LOW))
          .isTrue();
    }
  }

  @Test
  void tables_goldenFile_areReadAsDescribed() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ControlSegment segment = read(arena);
      RegionTable table = new RegionTable(segment);
      Ledger ledger = new Ledger(segment);
      Participants participants = new Participants(segment);

      assertThat(table.highSlot()).isEqualTo(3);
      assertThat(table.state(0)).isEqualTo(StateWord.live(1));
      assertThat(table.state(1)).isEqualTo(StateWord.live(2) | StateWord.RETIRED);
      assertThat(table.state(2)).isEqualTo(StateWord.free(5));
      assertThat(table.nextNamed(Names.hash("frame-42"), 0)).isZero();
      assertThat(table.read(0, 1)).isEqualTo(liveEntry());
      assertThat(table.read(1, 2)).isEqualTo(retiredEntry());
      assertThat(ledger.holders(0)).containsExactly(0, 1);
      assertThat(ledger.holders(1)).containsExactly(1);
      assertThat(participants.isMember(Handle.of(0, 1))).isTrue();
      assertThat(participants.read(0, true).label()).isEqualTo("dev.example.Main");
      assertThat(participants.read(1, true).kind()).isEqualTo(ParticipantInfo.Kind.PYTHON);
      assertThat(participants.isFree(2)).isTrue();
      assertThat(events(segment).read())
          .extracting(SpaceEvent::kind)
          .containsExactly(
              SpaceEvent.Kind.JOINED, SpaceEvent.Kind.CREATED, SpaceEvent.Kind.RETIRED);
    }
  }

  @Test
  void entries_writtenByTheTable_areTheGoldenBytes() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ControlSegment segment = read(arena);
      assertImmutableBytes(segment, 0, liveEntry());
      assertImmutableBytes(segment, 1, retiredEntry());
    }
  }

  @Test
  void initialise_sameBirth_writesTheGoldenHeader() {
    try (Arena arena = Arena.ofConfined()) {
      Geometry geometry = Geometry.of(64, 4, 64);
      Words words = Words.over(arena.allocate(geometry.bytes(), 8));
      Limits limits = new Limits(1L << 30, 1L << 28, 1L << 29, 4, 64, Duration.ofMinutes(1));
      ControlSegment.initialise(
          words,
          geometry,
          limits,
          new ControlSegment.Birth(
              "golden",
              GoldenControl.BOOT_HIGH,
              GoldenControl.BOOT_LOW,
              GoldenControl.INCARNATION,
              GoldenControl.CREATED));
      byte[] header = Arrays.copyOf(golden.bytes(), HeaderLayout.BYTES);
      assertThat(words.getBytes(0, HeaderLayout.BYTES)).isEqualTo(header);
      byte[] limitWords = Arrays.copyOfRange(golden.bytes(), 4096 + 32, 4096 + 80);
      assertThat(words.getBytes(4096 + 32, 48)).isEqualTo(limitWords);
    }
  }

  @Test
  void join_sameIdentity_writesTheGoldenParticipant() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      ControlSegment segment = read(arena);
      long at = segment.participant(0);
      byte[] wanted = segment.words().getBytes(at, ParticipantLayout.BYTES);
      Participants participants = new Participants(segment);
      participants.free(0);
      participants.join(
          new Actor(0, 1, 4242),
          new ProcessIdentity(4242, 987_654, 4_026_531_836L, 1000, 1000, 0, 0),
          GoldenControl.CREATED + 1,
          "dev.example.Main");
      participants.setBytesInUse(0, 8192);
      assertThat(segment.words().getBytes(at, ParticipantLayout.BYTES)).isEqualTo(wanted);
    }
  }

  private static void assertImmutableBytes(ControlSegment segment, int slot, RegionEntry entry) {
    byte[] golden = segment.words().getBytes(segment.region(slot), RegionLayout.BYTES);
    byte[] written = entry.toBytes();
    int mutable = RegionLayout.LAST_ACCESS;
    int end = RegionLayout.MUTABLE_END;
    System.arraycopy(golden, mutable, written, mutable, end - mutable);
    assertThat(written).isEqualTo(golden);
  }

  private static ControlSegment read(Arena arena) throws IOException {
    byte[] bytes = Files.readAllBytes(SEGMENT);
    MemorySegment segment = arena.allocate(bytes.length, 8);
    segment.copyFrom(MemorySegment.ofArray(bytes));
    return ControlSegment.check(Words.over(segment), "golden");
  }

  private static EventLog events(ControlSegment segment) {
    return new EventLog(segment, Platform.current());
  }

  private static RegionEntry liveEntry() {
    return new RegionEntry(
        8192,
        false,
        RegionPolicy.referenceCounted(Duration.ofMillis(1500)),
        0600,
        true,
        false,
        OwnerDeath.RETIRE,
        GoldenControl.CREATED + 3,
        Handle.of(0, 1),
        4242,
        1000,
        Handle.of(0, 1),
        "frame-42",
        "",
        metadata());
  }

  private static Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("dtype", "uint8");
    metadata.put("shape", "2x4096");
    return metadata;
  }

  private static RegionEntry retiredEntry() {
    return new RegionEntry(
        1,
        true,
        RegionPolicy.automatic(),
        0640,
        false,
        true,
        OwnerDeath.RESET,
        GoldenControl.CREATED + 2,
        Handle.of(1, 3),
        4343,
        1000,
        Handle.of(1, 2),
        "old/one",
        "/var/tmp/old.bin",
        Map.of());
  }
}
