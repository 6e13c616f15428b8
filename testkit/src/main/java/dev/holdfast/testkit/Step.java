package dev.holdfast.testkit;

/**
 * One step of a simulated process: a point before which it can be paused or killed.
 *
 * @param kind what it does
 * @param what the operation and its object, for messages
 */
public record Step(Kind kind, String what) {
  /** What a step does. */
  public enum Kind {
    /** A store into shared words, or a successful atomic update. */
    STORE,
    /** A platform call that changes something others can see. */
    CALL,
    /** A read of shared words: no crash differs by it, but an interleaving may. */
    LOAD
  }
}
