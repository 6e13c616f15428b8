package dev.holdfast.testkit;

import dev.holdfast.platform.FileSystemStatus;

/** A file system of a {@link FakeKernel}; guarded by it. */
final class FakeMount {
  final String point;
  final String type;
  final long device;
  long totalBytes = 1L << 40;
  long usedBytes;

  FakeMount(String point, String type, long device) {
    this.point = point;
    this.type = type;
    this.device = device;
  }

  boolean inMemory() {
    return type.equals("tmpfs");
  }

  boolean holds(String path) {
    return point.equals("/") || path.equals(point) || path.startsWith(point + "/");
  }

  long availableBytes() {
    return Math.max(0, totalBytes - usedBytes);
  }

  FileSystemStatus status() {
    return new FileSystemStatus(point, type, totalBytes, availableBytes());
  }
}
