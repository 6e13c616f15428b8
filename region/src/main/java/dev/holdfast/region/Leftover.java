package dev.holdfast.region;

/**
 * Something that should not be there, and what is done about it.
 *
 * @param kind what it is
 * @param what its name
 * @param bytes how much memory it takes, where that is known
 * @param why how it came about and what happens to it
 */
public record Leftover(Kind kind, String what, long bytes, String why) {
  /** The kinds of leftovers. */
  public enum Kind {
    /** A participant that died and was not recovered yet. */
    DEAD_PARTICIPANT,
    /** A region whose time has come. */
    DUE_REGION,
    /** An object with this space's prefix that no region stands for. */
    ORPHAN_OBJECT
  }
}
