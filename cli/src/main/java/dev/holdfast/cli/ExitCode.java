package dev.holdfast.cli;

/** What the command line tells the program that called it. */
final class ExitCode {
  /** Done. */
  static final int DONE = 0;

  /** It was refused or failed; the message says why. Nothing was left half done. */
  static final int FAILED = 1;

  /** The command line itself was wrong. */
  static final int USAGE = 2;

  /** Shared state is damaged. */
  static final int DAMAGED = 3;

  /** A lock was not to be had in time. */
  static final int TIMED_OUT = 75;

  /** Chosen to give up, so that a deadlock ends. */
  static final int DEADLOCK = 76;

  /** A lock's owner died, and the caller wanted to stop then. */
  static final int OWNER_DIED = 77;

  private ExitCode() {}
}
