package dev.holdfast.region;

import java.time.Instant;

/**
 * A member of a space, as it was when asked.
 *
 * @param handle {@code generation << 16 | slot}: names this participant and no later one
 * @param slot its place in the participant table
 * @param alive whether the kernel says that it lives; a stopped process does
 * @param pid its process id, in its own PID namespace
 * @param startTimeTicks when the process started, in clock ticks since boot
 * @param pidNamespace the inode of its PID namespace
 * @param uid the user it runs as
 * @param joinedAt when it joined
 * @param kind which client it is
 * @param label what it says it is
 * @param bytesInUse shared memory of the regions it owns
 */
public record ParticipantInfo(
    long handle,
    int slot,
    boolean alive,
    long pid,
    long startTimeTicks,
    long pidNamespace,
    long uid,
    Instant joinedAt,
    Kind kind,
    String label,
    long bytesInUse) {

  /** The client library a participant uses. */
  public enum Kind {
    /** This library. */
    JAVA,
    /** The Python package. */
    PYTHON,
    /** Something else that keeps the protocols. */
    OTHER;

    static Kind of(long code) {
      return code == 1 ? JAVA : code == 2 ? PYTHON : OTHER;
    }
  }
}
