package dev.holdfast.region;

/** What happens to a region when the participant that created it dies without leaving. */
public enum OwnerDeath {
  /** Nothing: the region lives on by its policy. */
  KEEP(0),
  /** No new holds; it is given back when its last holder releases it. */
  RETIRE(1),
  /** Its bytes are set to zero, under whoever holds it. */
  RESET(2);

  private final int code;

  OwnerDeath(int code) {
    this.code = code;
  }

  long toOptions() {
    return (long) code << RegionLayout.OPTION_OWNER_DEATH_SHIFT;
  }

  static OwnerDeath of(long options) {
    return values()[(int) code(options)];
  }

  static boolean isKnown(long options) {
    return code(options) < values().length;
  }

  private static long code(long options) {
    return options >>> RegionLayout.OPTION_OWNER_DEATH_SHIFT & 0xFF;
  }
}
