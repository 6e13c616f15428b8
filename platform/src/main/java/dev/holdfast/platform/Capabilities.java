package dev.holdfast.platform;

import java.util.List;
import java.util.Optional;

/**
 * What this machine offers, as found by trying it, and what Holdfast does without it.
 *
 * @param operatingSystem name, version and architecture
 * @param entries one a capability, in a fixed order
 */
public record Capabilities(String operatingSystem, List<Capability> entries) {

  /**
   * One capability.
   *
   * @param name a stable lower-case name, for example {@code kernel-locks}
   * @param available whether it is there
   * @param detail a value or a reason, for people
   * @param without what happens without it: an error or a documented fallback
   */
  public record Capability(String name, boolean available, String detail, String without) {}

  /** Copies the list. */
  public Capabilities {
    entries = List.copyOf(entries);
  }

  /** The capability of that name. */
  public Optional<Capability> find(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  /** Whether the capability of that name is there. */
  public boolean has(String name) {
    return find(name).map(Capability::available).orElse(false);
  }
}
