package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.region.Region;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import dev.holdfast.region.SpaceSpec;
import dev.holdfast.region.Verification.Damage;
import dev.holdfast.region.Verification.Finding;
import dev.holdfast.testkit.ChildProcess;
import dev.holdfast.worker.DataType;
import dev.holdfast.worker.NdArray;
import dev.holdfast.worker.Result;
import dev.holdfast.worker.WorkerPool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes behind 2³¹ and 2³², in both languages: over a sparse file, of which only the pages that are
 * touched exist.
 */
@Timeout(120)
class LargeRegionTest {
  private static final long BYTES = 5L << 30;
  private static final long TWO_GIB = 1L << 31;
  private static final long[] OFFSETS = {
    TWO_GIB - 8, TWO_GIB, 2 * TWO_GIB - 8, 2 * TWO_GIB, BYTES - 8
  };

  @TempDir Path folder;

  private Path file;
  private Space space;

  @BeforeEach
  void open() throws IOException {
    file = folder.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(BYTES);
    }
    space = Space.open(SpaceSpec.named("large").under(folder.resolve("root")));
  }

  @AfterEach
  void close() {
    assertThat(space.verify(false).findings()).isEmpty();
    assertThat(space.regions()).isEmpty();
    space.close();
  }

  @Test
  void regionOfJava_writtenBehind4GiBByBoth_eachReadsTheOther() {
    try (Region region = space.create(RegionSpec.named("java").file(file))) {
      assertThat(region.bytes()).isEqualTo(BYTES);
      for (long offset : OFFSETS) {
        region.segment().set(ValueLayout.JAVA_LONG, offset, offset);
      }
      try (ChildProcess python = python("java")) {
        awaitReads(python, offset -> offset);
        for (long offset : OFFSETS) {
          assertThat(region.segment().get(ValueLayout.JAVA_LONG, offset)).isEqualTo(offset + 1);
        }
        assertThat(region.info().holders()).hasSize(2);
      }
      assertThatThrownBy(() -> region.segment().get(ValueLayout.JAVA_BYTE, BYTES))
          .isInstanceOf(IndexOutOfBoundsException.class);
      space.sweep(); // the child was killed
    }
  }

  @Test
  void regionOfPython_openedByJava_hasItsBytesAndSize() {
    try (ChildProcess python = python("python")) {
      awaitReads(python, _ -> 0);
      try (Region region = space.region("python")) {
        assertThat(region.info().bytes()).isEqualTo(BYTES);
        for (long offset : OFFSETS) {
          assertThat(region.segment().get(ValueLayout.JAVA_LONG, offset)).isEqualTo(1);
        }
      }
    }
    space.sweep();
  }

  @Test
  void worker_slicesOf2GiBAndMore_seesTheirBytes() throws IOException {
    Path functions = folder.resolve("functions.py");
    Files.writeString(
        functions,
        "def ends(data, context):\n    return [len(data), int(data[0]), int(data[-1])]\n");
    try (Region region = space.create(RegionSpec.named("sliced").file(file));
        WorkerPool pool = WorkerPool.python(functions).processes(1).open(space)) {
      NdArray whole = NdArray.of(region, DataType.UINT8, BYTES);
      List<NdArray> slices = whole.slices(2);
      slices.forEach(slice -> slice.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 3));
      slices.forEach(
          slice -> slice.segment().set(ValueLayout.JAVA_BYTE, slice.bytes() - 1, (byte) 4));
      assertThat(pool.map("ends", slices))
          .extracting(LargeRegionTest::numbers)
          .containsExactly(List.of(BYTES / 2, 3L, 4L), List.of(BYTES / 2, 3L, 4L));
      assertThat(numbers(pool.call("ends", whole).await())).isEqualTo(List.of(BYTES, 3L, 4L));
    }
  }

  /** Reads all of it, so only when time does not matter. */
  @Test
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  void checksum_byteBehind4GiBChanged_isFoundByVerify() {
    try (Region region = space.create(RegionSpec.named("summed").file(file))) {
      region.takeChecksum();
      assertThat(space.verify(true).findings()).isEmpty();
      region.segment().set(ValueLayout.JAVA_BYTE, 2 * TWO_GIB + 1, (byte) 1);
      assertThat(space.verify(true).findings())
          .extracting(Finding::damage)
          .containsExactly(Damage.CONTENT);
    }
  }

  private static void awaitReads(ChildProcess python, LongUnaryOperator expected) {
    for (long offset : OFFSETS) {
      python.await("at %d: %d".formatted(offset, expected.applyAsLong(offset)));
    }
    python.await("DONE");
  }

  private static List<Long> numbers(Result result) {
    return List.of(result.as(Long[].class));
  }

  private ChildProcess python(String region) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                folder.resolve("root").toString(),
                "large",
                region,
                file.toString(),
                String.valueOf(BYTES)));
    for (long offset : OFFSETS) {
      arguments.add(String.valueOf(offset));
    }
    Path script =
        Path.of(System.getProperty("holdfast.root"), "stress/src/test/python", "large.py");
    return ChildProcess.python(script.toString(), arguments.toArray(String[]::new));
  }
}
