package dev.holdfast.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NdArrayTest {
  @TempDir Path folder;
  private Space space;
  private Region region;

  @BeforeEach
  void open() {
    space = Space.open(SpaceSpec.named("arrays").under(folder.resolve("root")));
    region = space.create(RegionSpec.named("data").bytes(100));
  }

  @AfterEach
  void close() {
    space.close();
  }

  @Test
  void of_fits_describesTheBytes() {
    NdArray array = NdArray.of(region, DataType.INT16, 5, 10);

    assertThat(array.bytes()).isEqualTo(100);
    assertThat(array.offset()).isZero();
    assertThat(array.shape()).containsExactly(5, 10);
    assertThat(array.type()).isEqualTo(DataType.INT16);
    assertThat(array.isWritable()).isFalse();
    assertThat(array.writable().isWritable()).isTrue();
    assertThat(array.segment().byteSize()).isEqualTo(100);
    assertThat(array).hasToString("NdArray[int16[5, 10] of data at 0]");
  }

  @Test
  void of_doesNotFit_isRefused() {
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8, 101))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes=101, region=data, region bytes=100");
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8, Long.MAX_VALUE, 2))
        .hasMessageContaining("larger than any region");
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8, -1))
        .hasMessageContaining("not a shape: [-1]");
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8))
        .hasMessageContaining("not a shape");
  }

  @Test
  void at_otherOffset_beginsThere() {
    NdArray array = NdArray.of(region, DataType.FLOAT64, 2).at(80);

    assertThat(array.offset()).isEqualTo(80);
    assertThatThrownBy(() -> array.at(88)).hasMessageContaining("does not fit");
    assertThatThrownBy(() -> array.at(-8)).hasMessageContaining("offset=-8");
    assertThatThrownBy(() -> array.at(4)).hasMessageContaining("not aligned: offset=4, element=8");
  }

  @Test
  void slices_anyCount_coverTheArrayWithoutGaps() {
    for (int count = 1; count <= 12; count++) {
      List<NdArray> slices = NdArray.of(region, DataType.UINT8, 10, 9).at(10).slices(count);

      assertThat(slices).hasSize(Math.min(count, 10));
      long next = 10;
      for (NdArray slice : slices) {
        assertThat(slice.offset()).isEqualTo(next);
        assertThat(slice.shape()[1]).isEqualTo(9);
        next += slice.bytes();
      }
      assertThat(next).isEqualTo(100);
      assertThat(slices.getFirst().bytes() - slices.getLast().bytes()).isBetween(0L, 9L);
    }
  }

  @Test
  void slices_notPossible_isRefused() {
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8, 10).slices(0))
        .hasMessageContaining("count=0");
    assertThatThrownBy(() -> NdArray.of(region, DataType.UINT8, 0).slices(1))
        .hasMessageContaining("cannot be cut");
  }

  @Test
  void writable_regionOpenReadOnly_isRefused() {
    try (Region readOnly = space.region("data")) {
      NdArray array = NdArray.of(readOnly, DataType.UINT8, 1);
      assertThatThrownBy(array::writable).hasMessageContaining("open it with writableRegion");
    }
  }

  @Test
  void parse_numpysNames_areTheTypes() {
    assertThat(DataType.parse("uint8")).isEqualTo(DataType.UINT8);
    assertThat(DataType.parse("f8")).isEqualTo(DataType.FLOAT64);
    assertThat(DataType.parse("FLOAT32").bytes()).isEqualTo(4);
    assertThat(DataType.BOOL.numpyName()).isEqualTo("bool");
    assertThatThrownBy(() -> DataType.parse("int7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dtype=int7; possible are bool, int8");
  }
}
