package dev.holdfast.worker;

/** A worker process ended in the middle of a call, and so did all that took its place. */
public final class WorkerDiedException extends WorkerException {
  private static final long serialVersionUID = 1L;

  private final long pid;
  private final int exitStatus;
  private final int tries;

  WorkerDiedException(String what, Message.Ended death, int tries) {
    super(
        "%s: pid=%d, exit=%s, tries=%d; %s%s"
            .formatted(
                what,
                death.pid(),
                ExitStatus.describe(death.status()),
                tries,
                ExitStatus.nextStep(death.status()),
                death.lastWords().isEmpty()
                    ? ""
                    : "\nits last output:\n" + String.join("\n", death.lastWords())),
        null);
    this.pid = death.pid();
    this.exitStatus = death.status();
    this.tries = tries;
  }

  /** The process that died last. */
  public long pid() {
    return pid;
  }

  /** Its exit status; 128 and the signal's number if a signal ended it. */
  public int exitStatus() {
    return exitStatus;
  }

  /** How many workers tried. */
  public int tries() {
    return tries;
  }
}
