package dev.holdfast.platform;

import dev.holdfast.platform.Platform.Access;
import dev.holdfast.platform.Platform.Creation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What child JVMs of the tests do. */
final class Victim {
  private Victim() {}

  public static void main(String[] arguments) throws Exception {
    Platform platform = Platform.current();
    switch (arguments[0]) {
      case "lock" -> {
        Descriptor file = platform.openFile(arguments[1], Access.READ_WRITE, Creation.OPEN, 0);
        System.out.println(platform.tryLock(file, 7, 1) ? "READY" : "LOCKED");
        System.in.read(); // until killed
      }
      case "await" -> {
        MemorySegment words = map(platform, arguments[1]);
        System.out.println("READY");
        System.out.println(platform.await(words, 0, 0, Long.MAX_VALUE));
      }
      case "write-protected" -> {
        MemorySegment words = map(platform, arguments[1]);
        words.set(ValueLayout.JAVA_INT, 0, 1);
        platform.protect(words, Access.READ_ONLY);
        System.out.println("READY");
        words.set(ValueLayout.JAVA_INT, 0, 2);
        System.out.println("survived");
      }
      case "read-only-cast" -> {
        Descriptor file = platform.openFile(arguments[1], Access.READ_ONLY, Creation.OPEN, 0);
        MemorySegment words = platform.map(file, 4096, Access.READ_ONLY, Arena.global());
        System.out.println("READY");
        MemorySegment.ofAddress(words.address()).reinterpret(4).set(ValueLayout.JAVA_INT, 0, 2);
        System.out.println("survived");
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static MemorySegment map(Platform platform, String path) {
    Descriptor file = platform.openFile(path, Access.READ_WRITE, Creation.OPEN, 0);
    return platform.map(file, 4096, Access.READ_WRITE, Arena.global());
  }
}
