package dev.holdfast.testkit;

import dev.holdfast.platform.Words;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * {@link Words} on the heap, for checkers that must see every access, such as Lincheck.
 *
 * <p>Bytes are emulated: those that share a word with others are put in by compare-and-set, so that
 * their neighbours survive.
 */
public final class HeapWords implements Words {
  private static final int SHIFT = 3;
  private static final int MASK = Long.BYTES - 1;

  private final AtomicLongArray words;

  /**
   * @param byteSize a multiple of eight
   */
  public HeapWords(int byteSize) {
    if ((byteSize & MASK) != 0) {
      throw new IllegalArgumentException("not a multiple of eight: byteSize=" + byteSize);
    }
    words = new AtomicLongArray(byteSize >> SHIFT);
  }

  @Override
  public long byteSize() {
    return (long) words.length() << SHIFT;
  }

  @Override
  public long get(long offset) {
    return words.get(index(offset));
  }

  @Override
  public void set(long offset, long value) {
    words.set(index(offset), value);
  }

  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    return words.compareAndSet(index(offset), expected, update);
  }

  @Override
  public long or(long offset, long bits) {
    return words.getAndAccumulate(index(offset), bits, (word, more) -> word | more);
  }

  @Override
  public long and(long offset, long mask) {
    return words.getAndAccumulate(index(offset), mask, (word, kept) -> word & kept);
  }

  @Override
  public long add(long offset, long delta) {
    return words.getAndAdd(index(offset), delta);
  }

  @Override
  public long getPlain(long offset) {
    return words.getPlain(index(offset));
  }

  @Override
  public void setPlain(long offset, long value) {
    words.setPlain(index(offset), value);
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    Objects.checkFromIndexSize(offset, length, byteSize());
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      long at = offset + i;
      bytes[i] = cell(words.getPlain((int) (at >> SHIFT))).get((int) at & MASK);
    }
    return bytes;
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    Objects.checkFromIndexSize(offset, bytes.length, byteSize());
    for (int i = 0; i < bytes.length; i++) {
      long at = offset + i;
      byte value = bytes[i];
      words.updateAndGet(
          (int) (at >> SHIFT), word -> cell(word).put((int) at & MASK, value).getLong(0));
    }
  }

  private static ByteBuffer cell(long word) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(0, word);
  }

  private int index(long offset) {
    Objects.checkFromIndexSize(offset, Long.BYTES, byteSize());
    if ((offset & MASK) != 0) {
      throw new IllegalArgumentException("not a multiple of eight: offset=" + offset);
    }
    return (int) (offset >> SHIFT);
  }
}
