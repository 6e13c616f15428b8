package dev.holdfast.resource.cache.shared;

/**
 * Where to look for something free: on from where something was found, so that neighbours stay
 * together; somewhere else entirely where nothing was. A hint; two threads that use it at once look
 * at the same place or skip one.
 */
final class Cursor {
  private static final double GOLDEN = 0.6180339887498949;

  private final int count;
  private final int jump;
  private int at;

  /**
   * @param count of the places
   * @param seat so that processes begin apart
   */
  Cursor(int count, int seat) {
    this.count = count;
    this.jump = Math.max(1, (int) (count * GOLDEN));
    this.at = (int) ((long) seat * jump % count);
  }

  int here() {
    return at;
  }

  /** To the neighbour. So often as there are places, and every one was looked at. */
  void step() {
    move(1);
  }

  /** Far away; the places so reached lie evenly among all. */
  void leap() {
    move(jump);
  }

  private void move(int by) {
    at = (int) (((long) at + by) % count);
  }
}
