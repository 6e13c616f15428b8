package dev.holdfast.platform;

import java.lang.foreign.MemorySegment;

/**
 * The aligned 64-bit cells of a span of memory, used atomically; and the plain bytes beside them.
 *
 * <p>Every algorithm on shared words is written against this interface, so that the same code runs
 * over a mapping in production, over an array under a linearizability checker, and over a stepping
 * double that kills the caller before any store.
 *
 * <p><b>Sharing.</b> Any thread, any process that maps the same object.
 *
 * <p><b>Memory effects.</b> {@link #get}, {@link #set}, {@link #compareAndSet}, {@link #or}, {@link
 * #and} and {@link #add} are sequentially consistent among each other. {@link #getPlain}, {@link
 * #setPlain}, {@link #getBytes} and {@link #setBytes} are plain: they publish nothing by themselves
 * and are ordered by a word written after or read before them.
 *
 * <p><b>Cost.</b> One instruction each, bounds check included.
 *
 * <p><b>Errors.</b> An offset outside the span, or not a multiple of eight for a word, is an {@link
 * IndexOutOfBoundsException} or {@link IllegalArgumentException}; use after the mapping closed an
 * {@link IllegalStateException}, except for those of {@link Platform#mapWords}.
 */
public interface Words {

  /** The cells of a mapping that starts on an eight-byte boundary. */
  static Words over(MemorySegment segment) {
    return new MappedWords(segment);
  }

  /** How many bytes the span has. */
  long byteSize();

  /** Reads a word. */
  long get(long offset);

  /** Writes a word. */
  void set(long offset, long value);

  /** Writes {@code update} if the word holds {@code expected}; whether it did. */
  boolean compareAndSet(long offset, long expected, long update);

  /** Sets bits; returns the word as it was before. */
  long or(long offset, long bits);

  /** Keeps only the bits of {@code mask}; returns the word as it was before. */
  long and(long offset, long mask);

  /** Adds; returns the word as it was before. */
  long add(long offset, long delta);

  /** Reads a word without ordering. */
  long getPlain(long offset);

  /** Writes a word without ordering. */
  void setPlain(long offset, long value);

  /** Reads {@code length} bytes without ordering, into a copy. */
  byte[] getBytes(long offset, int length);

  /** Writes bytes without ordering. */
  void setBytes(long offset, byte[] bytes);
}
