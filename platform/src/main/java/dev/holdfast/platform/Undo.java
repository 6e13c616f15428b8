package dev.holdfast.platform;

/** Runs the later part of a call so that its failure leaves nothing of the earlier part behind. */
final class Undo {
  private Undo() {}

  /** Runs {@code action}; if it fails, runs {@code undo} and throws the first failure on. */
  static void onFailure(Runnable action, Runnable undo) {
    try {
      action.run();
    } catch (RuntimeException | Error failure) {
      try {
        undo.run();
      } catch (RuntimeException | Error second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }
}
