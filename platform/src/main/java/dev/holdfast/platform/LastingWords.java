package dev.holdfast.platform;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * {@link Words} at addresses that are this process's for as long as this object is reachable,
 * whatever is mapped there: see {@link Platform#mapWords}.
 *
 * <p><b>Cost.</b> Less than {@link MappedWords}: bounds and alignment are checked, but a segment's
 * kind, access and arena need not be, because the one that is used here is a constant.
 */
final class LastingWords implements Words {
  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
  private static final MemorySegment EVERYWHERE = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private final MemorySegment addresses;
  private final long start;
  private final long end;

  /**
   * @param addresses of an automatic arena, which gives them back when it is unreachable; writable
   */
  LastingWords(MemorySegment addresses) {
    this.addresses = addresses;
    this.start = addresses.address();
    this.end = Math.max(0, addresses.byteSize() - (Long.BYTES - 1));
  }

  /** Where a word stands; whoever uses it keeps this object reachable until he is done. */
  private long at(long offset) {
    return start + Objects.checkIndex(offset, end);
  }

  @Override
  public long byteSize() {
    return addresses.byteSize();
  }

  @Override
  public long get(long offset) {
    try {
      return (long) WORD.getVolatile(EVERYWHERE, at(offset));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void set(long offset, long value) {
    try {
      WORD.setVolatile(EVERYWHERE, at(offset), value);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    try {
      return WORD.compareAndSet(EVERYWHERE, at(offset), expected, update);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long or(long offset, long bits) {
    try {
      return (long) WORD.getAndBitwiseOr(EVERYWHERE, at(offset), bits);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long and(long offset, long mask) {
    try {
      return (long) WORD.getAndBitwiseAnd(EVERYWHERE, at(offset), mask);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long add(long offset, long delta) {
    try {
      return (long) WORD.getAndAdd(EVERYWHERE, at(offset), delta);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public long getPlain(long offset) {
    try {
      return (long) WORD.get(EVERYWHERE, at(offset));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void setPlain(long offset, long value) {
    try {
      WORD.set(EVERYWHERE, at(offset), value);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    return addresses.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, addresses, offset, bytes.length);
  }
}
