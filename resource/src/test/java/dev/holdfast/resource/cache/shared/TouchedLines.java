package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;
import java.util.Set;
import java.util.TreeSet;

/** Words that note which lines of 64 bytes are read or written. */
record TouchedLines(Words words, Set<Long> lines) implements Words {
  private static final int LINE_BYTES = 64;

  TouchedLines(Words words) {
    this(words, new TreeSet<>());
  }

  private long noted(long offset) {
    lines.add(offset / LINE_BYTES * LINE_BYTES);
    return offset;
  }

  @Override
  public long byteSize() {
    return words.byteSize();
  }

  @Override
  public long get(long offset) {
    return words.get(noted(offset));
  }

  @Override
  public void set(long offset, long value) {
    words.set(noted(offset), value);
  }

  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    return words.compareAndSet(noted(offset), expected, update);
  }

  @Override
  public long or(long offset, long bits) {
    return words.or(noted(offset), bits);
  }

  @Override
  public long and(long offset, long mask) {
    return words.and(noted(offset), mask);
  }

  @Override
  public long add(long offset, long delta) {
    return words.add(noted(offset), delta);
  }

  @Override
  public long getPlain(long offset) {
    return words.getPlain(noted(offset));
  }

  @Override
  public void setPlain(long offset, long value) {
    words.setPlain(noted(offset), value);
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    for (long at = offset; at < offset + length; at++) {
      noted(at);
    }
    return words.getBytes(offset, length);
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      noted(offset + i);
    }
    words.setBytes(offset, bytes);
  }
}
