package dev.holdfast.testkit;

/** Who decides how far a simulated process runs. */
interface StepControl {
  /** Returns when the step may be taken. */
  void before(Step step);

  /** The process looks at the clock: perhaps it waits for another one. */
  void idle();

  /** The process is about to sleep for a while: perhaps it waits for another one. */
  void asleep();

  /** The process cannot go on by itself; false if the calling thread is not controlled. */
  boolean blocked();
}
