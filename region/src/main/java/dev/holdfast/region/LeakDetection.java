package dev.holdfast.region;

import java.util.Locale;

/** How closely a process tracks regions that it opened and may never close. */
public enum LeakDetection {
  /** A region that is lost without being closed is not noticed; it stays held all the same. */
  OFF,
  /**
   * A region that is lost without being closed is reported in the log when the garbage collector
   * finds it, and stays held until its space is closed: views taken from it may be in use.
   */
  ON,
  /** As ON; the warning and {@link Space#openRegions()} say where it was opened. */
  FULL;

  /**
   * As the system property {@code holdfast.leaks} says: {@code off}, {@code on} (default) or {@code
   * full}.
   */
  static LeakDetection configured() {
    String value = System.getProperty("holdfast.leaks", "on").toUpperCase(Locale.ROOT);
    return switch (value) {
      case "OFF" -> OFF;
      case "ON" -> ON;
      case "FULL" -> FULL;
      default ->
          throw new IllegalArgumentException(
              "not a leak detection level: holdfast.leaks=%s; use off, on or full"
                  .formatted(value));
    };
  }
}
