package dev.holdfast.resource.config;

/**
 * One key of a configuration, for people.
 *
 * @param path for example {@code pool.size}
 * @param value its value, secrets masked
 * @param origin where it was written, {@code app.yaml:3}, or {@code default}
 */
public record ConfigEntry(String path, String value, String origin) {
  @Override
  public String toString() {
    return "%s=%s (%s)".formatted(path, value, origin);
  }
}
