package dev.holdfast.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Geometry, ledger and event log over a segment in private memory. */
class ControlTablesTest {
  private static final Actor ACTOR = new Actor(2, 3, 4242);

  private final Arena arena = Arena.ofConfined();
  private final Geometry geometry = Geometry.of(1024, 16, 64);
  private final Words words = Words.over(arena.allocate(geometry.bytes(), 8));
  private final ControlSegment segment =
      ControlSegment.initialise(
          words,
          geometry,
          Limits.DEFAULT.withRegions(16),
          new ControlSegment.Birth("test", 1, 2, 3, 4));
  private final EventLog events = new EventLog(segment, Platform.current());

  @AfterEach
  void close() {
    arena.close();
  }

  @ParameterizedTest
  @CsvSource({"64, 1, 64", "256, 4096, 1024", "1024, 65535, 65536", "128, 7, 128"})
  void geometry_anyCapacities_sectionsAreAlignedInOrderAndApart(
      int participants, int regions, int eventCapacity) {
    Geometry any = Geometry.of(participants, regions, eventCapacity);
    assertThat(any.starts()).isSorted().allMatch(start -> start % 4096 == 0);
    assertThat(any.start(HeaderLayout.SECTION_CATALOG)).isEqualTo(HeaderLayout.BYTES);
    assertThat(any.start(HeaderLayout.SECTION_EVENTS) + eventCapacity * 128L)
        .isLessThanOrEqualTo(any.bytes());
    assertThat(any.bytes() % 4096).isZero();
    assertThat(any.ledgerStride() % 64).isZero();
    assertThat(any.ledgerStride() * 8).isGreaterThanOrEqualTo(participants);
    ByteBuffer header = Geometry.buffer(new byte[HeaderLayout.BYTES]);
    any.write(header);
    assertThat(Geometry.read(header)).isEqualTo(any);
  }

  @Test
  void geometry_impossibleHeader_isCorrupted() {
    assertImpossible(HeaderLayout.PARTICIPANTS_AT, 65, "capacity");
    assertImpossible(HeaderLayout.PARTICIPANTS_AT, 2048, "capacity");
    assertImpossible(HeaderLayout.REGIONS_AT, 0, "capacity");
    assertImpossible(HeaderLayout.EVENTS_AT, 96, "capacity");
    assertImpossible(HeaderLayout.SECTION_COUNT_AT, 6, "section count");
    assertImpossible(HeaderLayout.SECTION_COUNT_AT, 16, "section count");
    assertImpossible(HeaderLayout.SECTIONS_AT, 99, "section missing");
    assertImpossible(HeaderLayout.SECTIONS_AT + 8, 4097, "section");
    assertImpossible(HeaderLayout.SECTIONS_AT + 8, Long.MAX_VALUE & -4096, "section");
    assertImpossible(HeaderLayout.SECTIONS_AT + 16, 2, "section");
    assertImpossible(HeaderLayout.SECTIONS_AT + 24, 8, "section");
  }

  @Test
  void geometry_unknownKindOfSection_isPassedOver() {
    ByteBuffer header = Geometry.buffer(new byte[HeaderLayout.BYTES]);
    geometry.write(header);
    header.putLong(HeaderLayout.SECTION_COUNT_AT, 8);
    header.putLong(HeaderLayout.SECTIONS_AT + 7 * 32, 1234);
    assertThat(Geometry.read(header).starts()).isEqualTo(geometry.starts());
  }

  @Test
  void check_wrongMagicByteOrderOrSize_isCorrupted() {
    assertDamaged(HeaderLayout.MAGIC_AT, "magic=");
    assertDamaged(HeaderLayout.BYTE_ORDER_AT, "byte order");
    assertDamaged(HeaderLayout.CREATED_AT, "checksum");
    assertDamaged(HeaderLayout.READY_AT, "ready=");
    Words longer = Words.over(arena.allocate(geometry.bytes() + 4096, 8));
    longer.setBytes(0, words.getBytes(0, HeaderLayout.BYTES));
    assertThatThrownBy(() -> ControlSegment.check(longer, "test"))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining("size in header=" + geometry.bytes());
  }

  @Test
  void ledger_everyParticipant_isABitOfItsOwn() {
    Ledger ledger = new Ledger(segment);
    for (int participant = 0; participant < 1024; participant++) {
      ledger.set(15, participant);
      assertThat(ledger.holders(15)).hasSize(participant + 1).contains(participant);
    }
    assertThat(ledger.isUnheld(14)).isTrue();
    for (int participant = 0; participant < 1024; participant++) {
      assertThat(ledger.isUnheld(15)).isFalse();
      ledger.clear(15, participant);
      assertThat(ledger.isSet(15, participant)).isFalse();
    }
    assertThat(ledger.isUnheld(15)).isTrue();
    assertThatThrownBy(() -> ledger.set(16, 0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void events_moreThanTheRingHolds_theLastOnesAreRead() {
    for (int i = 1; i <= 200; i++) {
      events.record(SpaceEvent.Kind.CREATED, ACTOR, Handle.of(1, 2), i, "r" + i);
    }
    List<SpaceEvent> read = events.read();
    assertThat(read).hasSize(64);
    assertThat(read.getFirst().sequence()).isEqualTo(137);
    SpaceEvent last = read.getLast();
    assertThat(last.sequence()).isEqualTo(200);
    assertThat(last.value()).isEqualTo(200);
    assertThat(last.text()).isEqualTo("r200");
    assertThat(last.actor()).isEqualTo(ACTOR.handle());
    assertThat(last.pid()).isEqualTo(4242);
    assertThat(last.region()).contains(new RegionId(Handle.of(1, 2)));
  }

  @Test
  void events_writerDiedInside_itsRecordIsPassedOver() {
    for (int i = 1; i <= 3; i++) {
      events.record(SpaceEvent.Kind.JOINED, ACTOR, 0, i, "");
    }
    words.set(segment.event(1), 0); // died before its last store
    words.set(segment.event(2) + EventLayout.VALUE, 99); // torn
    words.add(segment.catalog(CatalogLayout.EVENTS_RECORDED), 1); // died after its first
    assertThat(events.read()).extracting(SpaceEvent::sequence).containsExactly(1L);
  }

  @Test
  void events_damagedCount_readsNothingOrWhatFits() {
    events.record(SpaceEvent.Kind.JOINED, ACTOR, 0, 1, "");
    for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40}) {
      words.set(segment.catalog(CatalogLayout.EVENTS_RECORDED), count);
      assertThat(events.read()).isEmpty();
    }
  }

  @Test
  void events_longText_isCutBetweenCharacters() {
    events.record(SpaceEvent.Kind.JOINED, ACTOR, 0, 1, "x" + "ä".repeat(40));
    assertThat(events.read().getFirst().text()).isEqualTo("x" + "ä".repeat(27));
  }

  private void assertImpossible(int at, long value, String what) {
    ByteBuffer header = Geometry.buffer(new byte[HeaderLayout.BYTES]);
    geometry.write(header);
    header.putLong(at, value);
    assertThatThrownBy(() -> Geometry.read(header))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining(what);
  }

  private void assertDamaged(int at, String what) {
    long before = words.get(at);
    words.set(at, before ^ 2);
    assertThatThrownBy(() -> ControlSegment.check(words, "test"))
        .isInstanceOf(CorruptedException.class)
        .hasMessageContaining(what);
    words.set(at, before);
  }
}
