package dev.holdfast.platform;

/** What differs between the processors that Linux runs on: the numbers of calls and of flags. */
enum LinuxAbi {
  X86_64(202, 186, 140, 0200000, 0400000),
  AARCH64(98, 178, 141, 040000, 0100000);

  /** Of the processor this JVM runs on. */
  static final LinuxAbi CURRENT = of(System.getProperty("os.arch"));

  final int futexCall;
  final int gettidCall;
  final int getpriorityCall;
  final int openDirectory;
  final int openNoFollow;

  LinuxAbi(
      int futexCall, int gettidCall, int getpriorityCall, int openDirectory, int openNoFollow) {
    this.futexCall = futexCall;
    this.gettidCall = gettidCall;
    this.getpriorityCall = getpriorityCall;
    this.openDirectory = openDirectory;
    this.openNoFollow = openNoFollow;
  }

  /** Of a processor as Java's {@code os.arch} names it. */
  static LinuxAbi of(String processor) {
    return switch (processor) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "processor is not supported: name=%s, implemented=amd64, aarch64"
                  .formatted(processor));
    };
  }
}
