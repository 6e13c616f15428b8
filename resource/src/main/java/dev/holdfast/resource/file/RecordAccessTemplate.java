package dev.holdfast.resource.file;

import java.lang.constant.ConstantDescs;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Objects;

/**
 * The class file that is defined anew, as a hidden class, for each record type: so the two method
 * handles are constants of their class, and the compiler makes plain loads and stores of them; so
 * is the size of a record: the bounds of an element are looked at once, not those of each
 * component, and in a loop over records before it begins.
 */
final class RecordAccessTemplate implements RecordAccess {
  private static final RecordBinding.Parts PARTS = classData();
  private static final MethodHandle READ = PARTS.reader();
  private static final MethodHandle WRITE = PARTS.writer();
  private static final long BYTES = PARTS.recordBytes();

  private RecordAccessTemplate() {}

  private static RecordBinding.Parts classData() {
    try {
      return Objects.requireNonNull(
          MethodHandles.classData(
              MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, RecordBinding.Parts.class));
    } catch (IllegalAccessException impossible) {
      throw new LinkageError("own class data cannot be read", impossible);
    }
  }

  @Override
  public Object read(MemorySegment segment, long offset) {
    try {
      return (Object) READ.invokeExact(segment, offset);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable thrown) {
      throw new IllegalStateException("a record's constructor failed", thrown);
    }
  }

  @Override
  public void write(MemorySegment segment, long offset, Object value) {
    try {
      WRITE.invokeExact(segment, offset, value);
    } catch (RuntimeException | Error failure) {
      throw failure;
    } catch (Throwable thrown) {
      throw new IllegalStateException("a record's accessor failed", thrown);
    }
  }

  @Override
  public Object readElement(MemorySegment segment, long index) {
    return read(segment.asSlice(index * BYTES, BYTES), 0);
  }

  @Override
  public void writeElement(MemorySegment segment, long index, Object value) {
    write(segment.asSlice(index * BYTES, BYTES), 0, value);
  }
}
