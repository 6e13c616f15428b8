package dev.holdfast.resource.config;

import java.util.List;

/**
 * From one configuration to the next.
 *
 * @param before what was in force
 * @param after what is to be in force
 * @param differences the keys whose values differ
 */
public record ConfigChange<T>(
    ConfigSnapshot<T> before, ConfigSnapshot<T> after, List<ConfigDifference> differences) {

  /** Whether a key, or one below it, differs: {@code touches("pool")}. */
  public boolean touches(String path) {
    return differences.stream().anyMatch(difference -> Paths.isWithin(difference.path(), path));
  }
}
