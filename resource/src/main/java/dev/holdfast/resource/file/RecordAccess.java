package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;

/** Reads and writes whole records of one type. */
interface RecordAccess {
  /** The record at {@code offset}. */
  Object read(MemorySegment segment, long offset);

  /** Writes a record at {@code offset}. */
  void write(MemorySegment segment, long offset, Object value);

  /** The record at {@code index}. */
  Object readElement(MemorySegment segment, long index);

  /** Writes the record at {@code index}. */
  void writeElement(MemorySegment segment, long index, Object value);
}
