package dev.holdfast.sync;

import dev.holdfast.platform.Words;

/**
 * The words of a region's own mapping for its locks. They may be unmapped while a thread still has
 * a lock in its hands: then it is told so, by a type of its own.
 *
 * @param words of the mapping
 * @param region its name
 */
record PlacedWords(Words words, String region) implements Words {
  private LocksClosedException closed(IllegalStateException unmapped) {
    return new LocksClosedException(
        "the locks of this region are closed: region=%s; open them again: Locks.placed(…)"
            .formatted(region),
        unmapped);
  }

  @Override
  public long byteSize() {
    return words.byteSize();
  }

  @Override
  public long get(long offset) {
    try {
      return words.get(offset);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public void set(long offset, long value) {
    try {
      words.set(offset, value);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    try {
      return words.compareAndSet(offset, expected, update);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public long or(long offset, long bits) {
    try {
      return words.or(offset, bits);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public long and(long offset, long mask) {
    try {
      return words.and(offset, mask);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public long add(long offset, long delta) {
    try {
      return words.add(offset, delta);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public long getPlain(long offset) {
    try {
      return words.getPlain(offset);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public void setPlain(long offset, long value) {
    try {
      words.setPlain(offset, value);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    try {
      return words.getBytes(offset, length);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    try {
      words.setBytes(offset, bytes);
    } catch (IllegalStateException unmapped) {
      throw closed(unmapped);
    }
  }
}
