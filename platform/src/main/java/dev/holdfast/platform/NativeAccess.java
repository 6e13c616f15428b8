package dev.holdfast.platform;

import java.lang.foreign.MemorySegment;

/** Turns the JVM's refusal of native access into an error that says what to pass. */
final class NativeAccess {
  static final String FLAG =
      Platform.class.getModule().isNamed()
          ? "--enable-native-access=dev.holdfast.platform"
          : "--enable-native-access=ALL-UNNAMED";

  private NativeAccess() {}

  static void require() {
    require(() -> MemorySegment.NULL.reinterpret(0));
  }

  static void require(Runnable restricted) {
    try {
      restricted.run();
    } catch (IllegalCallerException denied) {
      throw new IllegalCallerException(
          """
          native access is denied to dev.holdfast.platform: start java with %s \
          (on the module path: --enable-native-access=dev.holdfast.platform; \
          on the class path: --enable-native-access=ALL-UNNAMED)\
          """
              .formatted(FLAG),
          denied);
    }
  }
}
