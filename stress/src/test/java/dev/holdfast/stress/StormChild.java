package dev.holdfast.stress;

import dev.holdfast.region.HoldfastException;
import dev.holdfast.region.Region;
import dev.holdfast.region.RegionNotFoundException;
import dev.holdfast.region.RegionPolicy;
import dev.holdfast.region.RegionSpec;
import dev.holdfast.region.Space;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A process of {@link StormTest}: does random things to random regions until it is killed. Its twin
 * is {@code storm_child.py}. A region's creator writes its handle into the first and last word and
 * the complement into the second; whoever holds the region must find them so for as long as it
 * holds.
 */
final class StormChild {
  private static final int NAMES = 12;
  private static final int OPEN_MAX = 4;

  private final Space space;
  private final Random random;
  private final List<Region> open = new ArrayList<>();

  private StormChild(Space space, Random random) {
    this.space = space;
    this.random = random;
  }

  public static void main(String[] args) {
    StormProcess.run(args, (space, random) -> new StormChild(space, random)::step);
  }

  private void step() {
    try {
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> create();
        case 3, 4, 5 -> openOne();
        case 6, 7 -> closeOne();
        case 8 -> remove();
        default -> look();
      }
    } catch (RegionNotFoundException gone) {
      // somebody else removed it
    } catch (HoldfastException e) {
      if (!e.getClass().getSimpleName().equals("NameTakenException")) {
        throw e;
      }
    }
  }

  private void create() {
    long bytes = 32L + random.nextInt(12_500) * 8L;
    RegionSpec spec = RegionSpec.named(name()).bytes(bytes).policy(policy());
    keep(space.create(random.nextInt(4) == 0 ? spec.zeroOnReclaim() : spec), true);
  }

  private RegionPolicy policy() {
    return switch (random.nextInt(4)) {
      case 0 -> RegionPolicy.manual();
      case 1 -> RegionPolicy.automatic(Duration.ofMillis(random.nextInt(50)));
      case 2 -> RegionPolicy.referenceCounted(Duration.ofMillis(random.nextInt(50)));
      default -> RegionPolicy.referenceCounted();
    };
  }

  private void openOne() {
    keep(space.region(name()), false);
  }

  private void keep(Region region, boolean mine) {
    open.add(region);
    if (mine) {
      mark(region);
    }
    check(region);
    if (open.size() > OPEN_MAX) {
      closeOne();
    }
  }

  private void closeOne() {
    if (!open.isEmpty()) {
      Region region = open.remove(random.nextInt(open.size()));
      check(region);
      region.close();
    }
  }

  private void remove() {
    if (random.nextBoolean()) {
      space.remove(name());
    } else {
      space.removeForcibly(name());
    }
  }

  private void look() {
    if (random.nextInt(4) == 0) {
      space.sweep();
    }
    space.regions();
    open.forEach(StormChild::check);
  }

  private String name() {
    return "n" + random.nextInt(NAMES);
  }

  private static void mark(Region region) {
    long handle = region.id().handle();
    MemorySegment bytes = region.segment();
    bytes.set(ValueLayout.JAVA_LONG, 0, handle);
    bytes.set(ValueLayout.JAVA_LONG, bytes.byteSize() - 8, handle);
    bytes.set(ValueLayout.JAVA_LONG, 8, ~handle); // last: from now on everybody checks
  }

  private static void check(Region region) {
    long handle = region.id().handle();
    MemorySegment bytes = region.segment();
    long mark = bytes.get(ValueLayout.JAVA_LONG, 8);
    long first = bytes.get(ValueLayout.JAVA_LONG, 0);
    boolean right = mark == ~handle ? first == handle : mark == 0;
    if (!right) {
      throw new IllegalStateException(
          "foreign bytes under a hold: region=%s, first=0x%x, mark=0x%x"
              .formatted(region, first, mark));
    }
  }
}
