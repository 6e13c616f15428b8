package dev.holdfast.platform;

/** Chooses the platform of the running operating system. */
final class Current {
  private Current() {}

  static Platform platform() {
    return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static Platform platform(String system, String processor) {
    if (!system.equals("Linux")) {
      throw new UnsupportedOperationException(
          "operating system is not supported: name=%s, implemented=Linux".formatted(system));
    }
    LinuxAbi abi = LinuxAbi.of(processor);
    NativeAccess.require();
    return Linux.of(abi);
  }

  /** Loaded only once the checks above have passed: linking is not tried where it cannot work. */
  private static final class Linux {
    private static final LinuxPlatform PLATFORM = new LinuxPlatform();

    static Platform of(LinuxAbi abi) {
      assert abi == LinuxAbi.CURRENT : abi;
      return PLATFORM;
    }
  }
}
