package dev.holdfast.resource.file;

import java.lang.foreign.MemorySegment;

/** Reads and writes whole records of one type. */
interface RecordAccess {
  /** The record at {@code offset}. */
  Object read(MemorySegment segment, long offset);

  /** Writes a record at {@code offset}. */
  void write(MemorySegment segment, long offset, Object value);
}
