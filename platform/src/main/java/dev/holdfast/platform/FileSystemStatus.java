package dev.holdfast.platform;

/**
 * How full a file system is.
 *
 * @param mountPoint where it is mounted
 * @param type its type, for example {@code tmpfs}
 * @param totalBytes its size
 * @param availableBytes what this user may still allocate
 */
public record FileSystemStatus(
    String mountPoint, String type, long totalBytes, long availableBytes) {}
