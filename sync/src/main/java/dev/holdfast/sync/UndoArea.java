package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.CorruptedException;
import java.lang.invoke.VarHandle;

/**
 * Where the undo record of one lock stands: its length in a word of the lock, its bytes in the last
 * of the lock's cells.
 *
 * <p><b>Sharing.</b> Read and written by the owner of the lock only.
 *
 * <p><b>Crash points.</b> Adding: the bytes come first, behind what counts; then the length. Before
 * it, what is protected is unchanged. Clearing is one store.
 *
 * @param name the lock's
 * @param words that hold it
 * @param lengthAt where the word with the length stands
 * @param shift where in that word; what is below it stays as it is
 * @param at where the bytes start
 * @param capacity how many there is room for
 */
record UndoArea(String name, Words words, long lengthAt, int shift, long at, int capacity) {
  static final int CELLS_MAX = 8192;

  /** The cells that a record of that many bytes takes. */
  static int cells(int bytes) {
    if (bytes < 0 || bytes > CELLS_MAX * Long.BYTES) {
      throw new IllegalArgumentException(
          "undo record out of range: bytes=%d, most=%d".formatted(bytes, CELLS_MAX * Long.BYTES));
    }
    return (bytes + Long.BYTES - 1) / Long.BYTES;
  }

  int length() {
    long length = words.get(lengthAt) >>> shift;
    if (length < 0 || length > capacity) {
      throw new CorruptedException(
          "undo record is damaged: lock=%s, length=%d, capacity=%d; repair what the lock protects by other means, then markConsistent()"
              .formatted(name, length, capacity));
    }
    return (int) length;
  }

  byte[] read() {
    return words.getBytes(at, length());
  }

  /** Adds to the record; whoever changes what is protected afterwards can undo it. */
  void append(byte[] bytes) {
    int length = length();
    if (bytes.length > capacity - length) {
      throw new IllegalArgumentException(
          "undo record does not fit: lock=%s, bytes=%d, used=%d, capacity=%d; make the lock with more, or change less at a time"
              .formatted(name, bytes.length, length, capacity));
    }
    words.setBytes(at + length, bytes);
    publish(length + bytes.length);
    VarHandle.storeStoreFence(); // what is changed now is changed after
  }

  /** There is no record any more, whatever the length says. */
  void clear() {
    if (words.getPlain(lengthAt) >>> shift != 0) {
      publish(0);
    }
  }

  private void publish(long length) {
    long below = words.getPlain(lengthAt) & ((1L << shift) - 1);
    words.set(lengthAt, below | length << shift);
  }
}
