package dev.holdfast.resource.file;

import java.lang.constant.ConstantDescs;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Objects;

/**
 * The class file that is defined anew, as a hidden class, for each record type: so the two method
 * handles are constants of their class, and the compiler makes plain loads and stores of them.
 */
final class RecordAccessTemplate implements RecordAccess {
  private static final List<MethodHandle> HANDLES = classData();
  private static final MethodHandle READ = HANDLES.get(0);
  private static final MethodHandle WRITE = HANDLES.get(1);

  private RecordAccessTemplate() {}

  @SuppressWarnings("unchecked") // RecordBinding is the only one to pass class data
  private static List<MethodHandle> classData() {
    try {
      return Objects.requireNonNull(
          (List<MethodHandle>)
              MethodHandles.classData(
                  MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, List.class));
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
}
