package dev.holdfast.cli;

/**
 * One thing that {@code doctor} looked at.
 *
 * @param name what
 * @param verdict how good that is
 * @param found what there is
 * @param advice what happens because of it, or what to do; empty where nothing is to be said
 */
record Check(String name, Verdict verdict, String found, String advice) {
  /** How good something is. */
  enum Verdict {
    /** As it should be. */
    OK,
    /** Works, with something to know. */
    NOTE,
    /** Needed, and not there. */
    MISSING
  }

  static Check ok(String name, String found) {
    return new Check(name, Verdict.OK, found, "");
  }

  static Check note(String name, String found, String advice) {
    return new Check(name, Verdict.NOTE, found, advice);
  }

  static Check missing(String name, String found, String advice) {
    return new Check(name, Verdict.MISSING, found, advice);
  }
}
