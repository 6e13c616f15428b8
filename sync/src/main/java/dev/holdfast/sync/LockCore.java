package dev.holdfast.sync;

/** One lock as this process sees it, whatever its kind. */
interface LockCore {
  /** Whether a thread of this process owns it, in whatever way, as the shared words say. */
  boolean isOwnedHere();

  /** For the contexts of threads that ended owning it: leaves it as a dead owner would. */
  void abandonFor(Context ended);

  /** Clears what a dead participant left here; whether it was the owner of the word. */
  boolean recover(long participant);

  /** Sends away the threads of this process that queue for it. */
  void close();
}
