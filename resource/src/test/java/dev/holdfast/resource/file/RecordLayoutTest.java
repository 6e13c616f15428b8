package dev.holdfast.resource.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordLayoutTest {
  enum Side {
    BUY,
    SELL
  }

  record Numbers(byte b, short s, char c, int i, long l, float f, double d, boolean z) {}

  record Point(int x, byte y) {}

  record Order(
      Point from, Side side, @MaxBytes(6) String symbol, @Nullable Point to, boolean live) {}

  @SuppressWarnings("ArrayRecordComponent") // a byte[] is what is tested
  record Blob(@MaxBytes(3) byte[] content) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Blob blob && java.util.Arrays.equals(content, blob.content);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(content);
    }
  }

  private static final byte[] NONE = {};

  @SuppressWarnings("ArrayRecordComponent") // a byte[] is what is tested
  record Line(
      long before,
      @Nullable Side side,
      @MaxBytes(5) @Nullable String text,
      @Nullable Order order,
      @MaxBytes(3) byte @Nullable [] blob,
      int after) {}

  record Word(@MaxBytes(8) String text) {}

  record Node(int v, Node next) {}

  record Ring(Link link) {}

  record Link(byte b, Ring ring) {}

  record Empty() {}

  record Unlimited(String text) {}

  record Unknown(Object what) {}

  record Refusing(int n) {
    Refusing {
      if (n < 0) {
        throw new IllegalArgumentException("negative: n=" + n);
      }
    }
  }

  record Renamed(int amount, long at, double price, byte sort) {}

  record SameAsTick(int amount, long at, double price, byte kind) {}

  private final MemorySegment memory = Arena.ofAuto().allocate(256, 8);

  private <R extends Record> R roundTrip(RecordLayout<R> layout, R value) {
    layout.write(memory, 0, value);
    return layout.read(memory, 0);
  }

  @Test
  void of_everyPrimitive_roundTrips() {
    RecordLayout<Numbers> layout = RecordLayout.of(Numbers.class);
    Numbers extreme =
        new Numbers((byte) -1, Short.MIN_VALUE, '\uffff', Integer.MIN_VALUE, -1, -0f, 1e300, true);

    assertThat(roundTrip(layout, extreme)).isEqualTo(extreme);
    assertThat(layout.byteSize()).isEqualTo(48);
  }

  @Test
  void of_mixedComponents_areLaidOutAsInC() {
    long[] offsets =
        List.of("amount", "at", "price", "kind").stream()
            .mapToLong(name ->
                Tick.LAYOUT.layout().byteOffset(MemoryLayout.PathElement.groupElement(name)))
            .toArray();

    assertThat(offsets).containsExactly(0, 8, 16, 24);
    assertThat(Tick.LAYOUT.byteSize()).isEqualTo(32);
    assertThat(Tick.LAYOUT.layout().memberLayouts())
        .filteredOn(PaddingLayout.class::isInstance)
        .extracting(MemoryLayout::byteSize)
        .containsExactly(4L, 7L);
    assertThat(Tick.LAYOUT.layout().byteAlignment()).isEqualTo(8);
  }

  @Test
  void of_nestedEnumTextAndFlag_roundTrips() {
    RecordLayout<Order> layout = RecordLayout.of(Order.class);
    Order order =
        new Order(new Point(1, (byte) 2), Side.SELL, "höld", new Point(-1, (byte) 3), true);

    assertThat(roundTrip(layout, order)).isEqualTo(order);
    assertThat(layout.layout().select(MemoryLayout.PathElement.groupElement("symbol")).byteSize())
        .as("length, six bytes, two of padding")
        .isEqualTo(12);
  }

  @Test
  void write_shorterTextOverLonger_leavesNothingOfTheOldOne() {
    RecordLayout<Blob> layout = RecordLayout.of(Blob.class);
    roundTrip(layout, new Blob(new byte[] {9, 9, 9}));
    Blob one = new Blob(new byte[] {1});

    assertThat(roundTrip(layout, one)).isEqualTo(one);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 6)).isZero();
  }

  @Test
  void write_aComponentThatIsRefused_leavesEveryByteAsItWas() {
    Point point = new Point(-1, (byte) -1);
    Order order = new Order(point, Side.SELL, "abc", point, true);
    byte[] blob = {1, 2};

    assertThatRefused(new Line(2, null, "a", order, blob, 2), NullPointerException.class, "side");
    assertThatRefused(
        new Line(2, Side.SELL, null, order, blob, 2), NullPointerException.class, "text");
    assertThatRefused(
        new Line(2, Side.SELL, "a", null, blob, 2), NullPointerException.class, "order");
    assertThatRefused(
        new Line(2, Side.SELL, "a", order, null, 2), NullPointerException.class, "blob");
    assertThatRefused(
        new Line(2, Side.SELL, "a", order, new byte[4], 2), IllegalArgumentException.class, "blob");
    assertThatRefused(
        new Line(2, Side.SELL, "längst", order, blob, 2), IllegalArgumentException.class, "text");
    assertThatRefused(
        new Line(2, Side.SELL, "\ud800", order, blob, 2), IllegalArgumentException.class, "text");
    Order noPoint = new Order(point, Side.SELL, "abc", null, true);
    assertThatRefused(
        new Line(2, Side.SELL, "a", noPoint, blob, 2), NullPointerException.class, "to");
    Order tooLong = new Order(point, Side.SELL, "abcdefg", point, true);
    assertThatRefused(
        new Line(2, Side.SELL, "a", tooLong, blob, 2), IllegalArgumentException.class, "symbol");
  }

  private void assertThatRefused(Line line, Class<? extends Throwable> type, String name) {
    RecordLayout<Line> layout = RecordLayout.of(Line.class);
    memory.fill((byte) 0x5a);

    assertThatThrownBy(() -> layout.write(memory, 0, line))
        .isInstanceOf(type)
        .hasMessageContaining("name=%s", name);
    assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0x5a);
  }

  @Test
  void write_textAndBytes_leaveZerosBehindThemUpToTheNextComponent() {
    RecordLayout<Line> layout = RecordLayout.of(Line.class);
    Point point = new Point(-1, (byte) -1);
    Order order = new Order(point, Side.SELL, "abc", point, true);
    Line line = new Line(-1, Side.SELL, "abcde", order, NONE, -1);
    memory.fill((byte) 0x5a);
    layout.write(memory, 0, line);

    assertThat(memory.asSlice(21, 3).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    assertThat(memory.asSlice(60, 8).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    assertThat(layout.read(memory, 0)).usingRecursiveComparison().isEqualTo(line);
  }

  @Test
  void read_textThatIsNoUtf8_isRefusedWithItsName() {
    RecordLayout<Word> layout = RecordLayout.of(Word.class);
    Word replacement = new Word("\ufffd?");
    assertThat(roundTrip(layout, replacement)).isEqualTo(replacement);
    assertThat(roundTrip(layout, new Word("\ud83d\ude00"))).isEqualTo(new Word("\ud83d\ude00"));

    memory.set(ValueLayout.JAVA_BYTE, 4, (byte) 0xff);
    assertThatThrownBy(() -> layout.read(memory, 0))
        .isInstanceOf(MappedFileCorruptedException.class)
        .hasMessageContaining("component=text")
        .hasMessageContaining("UTF-8");
  }

  @Test
  void of_recordThatContainsItself_isRefusedByName() {
    assertThatThrownBy(() -> RecordLayout.of(Node.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("record=%s, component=next", Node.class.getName());
    assertThatThrownBy(() -> RecordLayout.of(Ring.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("record=%s, component=ring", Link.class.getName());
  }

  @Test
  void write_textThatIsTooLong_isRefused() {
    RecordLayout<Order> layout = RecordLayout.of(Order.class);
    Point origin = new Point(0, (byte) 0);

    assertThatThrownBy(
            () -> layout.write(memory, 0, new Order(origin, Side.BUY, "sevens.", origin, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name=symbol, bytes=7, most=6");
  }

  @Test
  void read_valueThatNoRecordHas_isRefusedWithItsName() {
    RecordLayout<Order> layout = RecordLayout.of(Order.class);
    for (String name : List.of("side", "symbol", "live")) {
      memory.fill((byte) 0);
      long at = layout.layout().byteOffset(MemoryLayout.PathElement.groupElement(name));
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) 77);

      assertThatThrownBy(() -> layout.read(memory, 0))
          .isInstanceOf(MappedFileCorruptedException.class)
          .hasMessageContaining("component=%s, found=77", name);
    }
  }

  @Test
  void read_constructorThatRefuses_throwsItsException() {
    RecordLayout<Refusing> layout = RecordLayout.of(Refusing.class);
    memory.set(ValueLayout.JAVA_INT, 0, -1);

    assertThatThrownBy(() -> layout.read(memory, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("negative: n=-1");
  }

  @Test
  void of_bigEndian_swapsBytesAndChangesTheHash() {
    RecordLayout<Tick> big = RecordLayout.of(Tick.class, ByteOrder.BIG_ENDIAN);
    RecordLayout<Tick> little = RecordLayout.of(Tick.class, ByteOrder.LITTLE_ENDIAN);
    big.write(memory, 0, Tick.of(5));
    byte[] whole = memory.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE);

    assertThat(whole).containsExactly(0, 0, 0, 5);
    assertThat(big.read(memory, 0)).isEqualTo(Tick.of(5));
    assertThat(big.layoutHash()).isNotEqualTo(little.layoutHash());
  }

  @Test
  void layoutHash_sameComponents_isTheSame_otherOnes_isAnother() {
    assertThat(RecordLayout.of(SameAsTick.class).layoutHash()).isEqualTo(Tick.LAYOUT.layoutHash());
    assertThat(RecordLayout.of(Renamed.class).layoutHash()).isNotEqualTo(Tick.LAYOUT.layoutHash());
    assertThat(Tick.LAYOUT.description())
        .isEqualTo(
            "amount:int@0;at:long@8;price:double@16;kind:byte@24;size:32;%s",
            ByteOrder.nativeOrder());
    assertThat(Tick.LAYOUT.type()).isSameAs(Tick.class);
    assertThat(Tick.LAYOUT)
        .hasToString("RecordLayout[Tick, 32 bytes, %s]", Tick.LAYOUT.description());
  }

  @Test
  void of_whatCannotBeLaidOut_isRefusedByName() {
    assertThatThrownBy(() -> RecordLayout.of(Empty.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without components");
    assertThatThrownBy(() -> RecordLayout.of(Unlimited.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("write @MaxBytes(n) String text");
    assertThatThrownBy(() -> RecordLayout.of(Unknown.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("component=what, type=java.lang.Object");
    assertThatThrownBy(() -> RecordLayout.of(Record.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a record");
  }

  @Test
  void read_outsideOfTheSegment_isRefused() {
    assertThatThrownBy(() -> Tick.LAYOUT.read(memory, memory.byteSize() - 8))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void write_null_isRefused() {
    assertThatThrownBy(() -> Tick.LAYOUT.write(memory, 0, Objects.requireNonNull(nothing())))
        .isInstanceOf(NullPointerException.class);
  }

  private static @Nullable Tick nothing() {
    return null;
  }
}
