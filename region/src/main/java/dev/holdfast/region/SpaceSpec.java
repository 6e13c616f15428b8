package dev.holdfast.region;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Which space to open and how. Immutable.
 *
 * @param name 1 to 64 letters, digits, {@code . _ -}, starting with a letter or digit
 * @param root the directory that the space's files lie under; by default {@code $HOLDFAST_ROOT},
 *     else a directory of this user in {@code /dev/shm}
 * @param create whether a space that does not exist is created
 * @param limits of a space that is created; an existing one keeps its own
 * @param timeout how long to wait for others who open or leave the same space
 * @param label what this process is, for people who look at the space
 * @param leaks how closely regions that are lost without being closed are tracked
 */
public record SpaceSpec(
    String name,
    Optional<Path> root,
    boolean create,
    Limits limits,
    Duration timeout,
    String label,
    LeakDetection leaks) {

  /** Refuses a name that is not allowed. */
  public SpaceSpec {
    Names.requireSpaceName(name);
  }

  /** The space of that name, created if missing, with default limits. */
  public static SpaceSpec named(String name) {
    return new SpaceSpec(
        name,
        Optional.empty(),
        true,
        Limits.DEFAULT,
        Duration.ofSeconds(30),
        defaultLabel(),
        LeakDetection.configured());
  }

  /** Under another root. */
  public SpaceSpec under(Path otherRoot) {
    return new SpaceSpec(name, Optional.of(otherRoot), create, limits, timeout, label, leaks);
  }

  /** Only if it exists: otherwise opening is a {@link SpaceNotFoundException}. */
  public SpaceSpec existing() {
    return new SpaceSpec(name, root, false, limits, timeout, label, leaks);
  }

  /** With these limits if it is created. */
  public SpaceSpec limits(Limits newLimits) {
    return new SpaceSpec(name, root, create, newLimits, timeout, label, leaks);
  }

  /** Waiting at most that long for others. */
  public SpaceSpec timeout(Duration newTimeout) {
    return new SpaceSpec(name, root, create, limits, newTimeout, label, leaks);
  }

  /** Shown to people as that. */
  public SpaceSpec label(String newLabel) {
    return new SpaceSpec(name, root, create, limits, timeout, newLabel, leaks);
  }

  /** With that much leak tracking. */
  public SpaceSpec leaks(LeakDetection newLeaks) {
    return new SpaceSpec(name, root, create, limits, timeout, label, newLeaks);
  }

  private static String defaultLabel() {
    String command = System.getProperty("sun.java.command", "java");
    int space = command.indexOf(' ');
    String main = space < 0 ? command : command.substring(0, space);
    return main.substring(main.lastIndexOf('/') + 1);
  }
}
