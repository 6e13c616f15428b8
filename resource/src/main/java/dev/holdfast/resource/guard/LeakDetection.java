package dev.holdfast.resource.guard;

import java.util.concurrent.ThreadLocalRandom;

/**
 * What a registry notes about guards that are lost without being closed. Whatever the level, a lost
 * guard's resource is cleaned up once the garbage collector has found it.
 */
public enum LeakDetection {
  /** Nothing. */
  OFF,
  /** How many were lost, by name. */
  COUNT,
  /** As COUNT; for one guard in 128 also where it was made. */
  SAMPLED,
  /** As COUNT; for every guard where it was made, and who closed it first. Costs about 1–5 µs. */
  FULL;

  private static final int SAMPLE = 128;

  static boolean sample() {
    return ThreadLocalRandom.current().nextInt(SAMPLE) == 0;
  }
}
