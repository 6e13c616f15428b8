package dev.holdfast.platform;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** {@link Words} over a mapping: one VarHandle instruction an operation. */
record MappedWords(MemorySegment segment) implements Words {
  private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

  @Override
  public long byteSize() {
    return segment.byteSize();
  }

  @Override
  public long get(long offset) {
    return (long) WORD.getVolatile(segment, offset);
  }

  @Override
  public void set(long offset, long value) {
    WORD.setVolatile(segment, offset, value);
  }

  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    return WORD.compareAndSet(segment, offset, expected, update);
  }

  @Override
  public long or(long offset, long bits) {
    return (long) WORD.getAndBitwiseOr(segment, offset, bits);
  }

  @Override
  public long and(long offset, long mask) {
    return (long) WORD.getAndBitwiseAnd(segment, offset, mask);
  }

  @Override
  public long add(long offset, long delta) {
    return (long) WORD.getAndAdd(segment, offset, delta);
  }

  @Override
  public long getPlain(long offset) {
    return segment.get(ValueLayout.JAVA_LONG, offset);
  }

  @Override
  public void setPlain(long offset, long value) {
    segment.set(ValueLayout.JAVA_LONG, offset, value);
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, segment, offset, bytes.length);
  }
}
