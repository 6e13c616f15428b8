package dev.holdfast.region;

import java.time.Duration;

/** When a region's memory is given back without anybody removing it. */
public sealed interface RegionPolicy {

  /** Never: until somebody removes it. */
  record Manual() implements RegionPolicy {}

  /**
   * When nobody holds it any more and the grace period has passed.
   *
   * @param grace how long it waits for the next holder; zero: it goes with its last holder
   */
  record ReferenceCounted(Duration grace) implements RegionPolicy {
    /** Refuses a negative grace period. */
    public ReferenceCounted {
      requireNotNegative("grace", grace);
    }
  }

  /**
   * When nobody has held or opened it for the time-out.
   *
   * @param timeout how long it may lie unused
   */
  record Automatic(Duration timeout) implements RegionPolicy {
    /** Refuses a negative time-out. */
    public Automatic {
      requireNotNegative("timeout", timeout);
    }
  }

  /** Until somebody removes it. */
  static RegionPolicy manual() {
    return new Manual();
  }

  /** Until its last holder releases it. */
  static RegionPolicy referenceCounted() {
    return new ReferenceCounted(Duration.ZERO);
  }

  /** Until it was unheld for {@code grace}. */
  static RegionPolicy referenceCounted(Duration grace) {
    return new ReferenceCounted(grace);
  }

  /** Until it was unused for {@code timeout}. */
  static RegionPolicy automatic(Duration timeout) {
    return new Automatic(timeout);
  }

  /** Until it was unused for five minutes. */
  static RegionPolicy automatic() {
    return new Automatic(Duration.ofMinutes(5));
  }

  private static void requireNotNegative(String name, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException(
          "a region's %s must not be negative: %s=%s".formatted(name, name, duration));
    }
  }
}
