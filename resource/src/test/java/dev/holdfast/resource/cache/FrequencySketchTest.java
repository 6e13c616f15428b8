package dev.holdfast.resource.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FrequencySketchTest {
  private final FrequencySketch sketch = new FrequencySketch();

  @Test
  void count_someOftenAmongManyOnce_areAboveThose() {
    long seed = Long.getLong("holdfast.seed", 42);
    Random random = new Random(seed);
    sketch.ensureCapacity(1024);
    int heavy = 10;
    int[] hashes = random.ints(heavy).toArray();
    int above = 0;
    int compared = 0;
    for (int round = 0; round < 1000; round++) {
      for (int hash : hashes) {
        sketch.add(hash, 1);
      }
      int once = random.nextInt();
      sketch.add(once, 1);
      for (int hash : hashes) {
        compared++;
        above += round > 4 && sketch.count(hash) > sketch.count(once) ? 1 : 0;
      }
    }

    assertThat(above).as("seed=%d", seed).isGreaterThan(compared * 98 / 100);
  }

  @Test
  void halve_counts_areHalvedDownToNothing() {
    sketch.add(7, 13);
    for (int expected : new int[] {13, 6, 3, 1, 0, 0}) {
      assertThat(sketch.count(7)).isEqualTo(expected);
      sketch.halve();
    }
  }

  @Test
  void add_moreThanFits_staysAtTheMostAndLeavesOthersAlone() {
    sketch.ensureCapacity(1 << 16);
    for (int i = 0; i < 1000; i++) {
      sketch.add(7, FrequencySketch.COUNT_MAX);
    }

    assertThat(sketch.count(7)).isEqualTo(FrequencySketch.COUNT_MAX);
    assertThat(sketch.count(8)).isZero();
  }

  @Test
  void add_tenTimesItsCapacity_agesByItself() {
    sketch.ensureCapacity(64);
    sketch.add(7, 15);
    for (int hash = 1000; hash < 1000 + 64 * 40; hash++) {
      sketch.add(hash, 1);
    }

    assertThat(sketch.count(7)).isLessThan(15);
  }
}
