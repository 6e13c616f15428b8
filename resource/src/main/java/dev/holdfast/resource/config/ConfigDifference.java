package dev.holdfast.resource.config;

/**
 * One key whose value is another one now.
 *
 * @param path for example {@code pool.size}
 * @param before its old value, secrets masked; empty when there was none
 * @param after its new value, secrets masked; empty when there is none
 */
public record ConfigDifference(String path, String before, String after) {
  /** For example {@code pool.size: 8 -> 12}. */
  @Override
  public String toString() {
    return "%s: %s -> %s".formatted(path, before, after);
  }
}
