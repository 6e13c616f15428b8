package dev.holdfast.benchmarks;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's functions that peers are made of; each returns 0 when it succeeds. */
final class LibC {
  private static final Linker LINKER = Linker.nativeLinker();

  private LibC() {}

  static MethodHandle handle(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /** Where time does not matter. */
  static void call(MethodHandle handle, Object... arguments) {
    try {
      requireZero((int) handle.invokeWithArguments(arguments));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where it does; {@code handle} is a static final of the caller, which is inlined into. */
  static void require(MethodHandle handle, MemorySegment argument) {
    try {
      requireZero((int) handle.invokeExact(argument));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void requireZero(int result) {
    if (result != 0) {
      throw new IllegalStateException("the C library refused: result=" + result);
    }
  }
}
