package dev.holdfast.resource.config;

import java.time.Instant;
import java.util.List;

/**
 * One state of a configuration, whole and unchanging.
 *
 * @param version counts up by one with each that is tried; 1 is the first
 * @param value the configuration
 * @param since when it came into force
 * @param fingerprint a digest of the sources' content, the same on every machine
 * @param entries each key with its value, secrets masked, and where it was written
 * @param warnings what is odd about it but does no harm
 */
public record ConfigSnapshot<T>(
    long version,
    T value,
    Instant since,
    String fingerprint,
    List<ConfigEntry> entries,
    List<ConfigProblem> warnings) {

  /** Without the value, which may hold what is not for logs. */
  @Override
  public String toString() {
    return "ConfigSnapshot[version=%d, since=%s, fingerprint=%s]"
        .formatted(version, since, fingerprint);
  }

  /** The same value, written otherwise. */
  ConfigSnapshot<T> with(String otherFingerprint, Loader.Loaded<T> written) {
    return new ConfigSnapshot<>(
        version, value, since, otherFingerprint, written.entries(), written.warnings());
  }

  /** The same configuration, in force once more. */
  ConfigSnapshot<T> again(long newVersion) {
    return new ConfigSnapshot<>(newVersion, value, Instant.now(), fingerprint, entries, warnings);
  }
}
