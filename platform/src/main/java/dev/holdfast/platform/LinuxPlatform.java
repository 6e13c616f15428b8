package dev.holdfast.platform;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Linux on x86-64 and AArch64: each group of calls stands in a class of its own. */
final class LinuxPlatform implements Platform {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private @Nullable Capabilities capabilities;

  @Override
  public synchronized Capabilities capabilities() {
    if (capabilities == null) {
      capabilities = new LinuxCapabilities(this).measure();
    }
    return capabilities;
  }

  @Override
  public ProcessIdentity self() {
    return LinuxProcesses.self();
  }

  @Override
  public Descriptor openShared(String name, Access access, Creation creation, int permissions) {
    return LinuxFiles.openShared(name, access, creation, permissions);
  }

  @Override
  public void unlinkShared(String name) {
    LinuxFiles.unlinkShared(name);
  }

  @Override
  public List<String> listShared(String prefix) {
    return LinuxFiles.listShared(prefix);
  }

  @Override
  public Descriptor openFile(String path, Access access, Creation creation, int permissions) {
    return LinuxFiles.openFile(path, access, creation, permissions);
  }

  @Override
  public Descriptor openDirectory(String path) {
    return LinuxFiles.openDirectory(path);
  }

  @Override
  public void makeDirectory(String path, int permissions) {
    LinuxFiles.makeDirectory(path, permissions);
  }

  @Override
  public void removeDirectory(String path) {
    LinuxFiles.removeDirectory(path);
  }

  @Override
  public void unlinkFile(String path) {
    LinuxFiles.unlinkFile(path);
  }

  @Override
  public @Nullable FileStatus statusOf(String path) {
    return LinuxStatus.of(path);
  }

  @Override
  public FileStatus status(Descriptor descriptor) {
    return LinuxStatus.of(descriptor);
  }

  @Override
  public FileSystemStatus fileSystem(Descriptor descriptor) {
    return LinuxStatus.fileSystem(descriptor);
  }

  @Override
  public FileSystemStatus fileSystem(String path) {
    return LinuxStatus.fileSystem(path);
  }

  @Override
  public void allocate(Descriptor descriptor, long offset, long length) {
    LinuxContents.allocate(descriptor, offset, length);
  }

  @Override
  public void resize(Descriptor descriptor, long size) {
    LinuxContents.resize(descriptor, size);
  }

  @Override
  public long read(Descriptor descriptor, long offset, MemorySegment into) {
    return LinuxContents.read(descriptor, offset, into);
  }

  @Override
  public void write(Descriptor descriptor, long offset, MemorySegment from) {
    LinuxContents.write(descriptor, offset, from);
  }

  @Override
  public void close(Descriptor descriptor) {
    LinuxFiles.close(descriptor);
  }

  @Override
  public MemorySegment map(Descriptor descriptor, long size, Access access, Arena arena) {
    return LinuxMappings.map(descriptor, size, access, arena);
  }

  @Override
  public MemorySegment mapAhead(
      Descriptor descriptor, long size, long reserved, Access access, Arena arena) {
    return LinuxMappings.mapAhead(descriptor, size, reserved, access, arena);
  }

  @Override
  public WordMapping mapWords(Descriptor descriptor, long size, Arena arena) {
    return LinuxMappings.mapWords(descriptor, size, arena);
  }

  @Override
  public void protect(MemorySegment mapping, Access access) {
    LinuxMappings.protect(mapping, access);
  }

  @Override
  public void advise(MemorySegment mapping, Advice advice) {
    LinuxMappings.advise(mapping, advice);
  }

  @Override
  public void sync(MemorySegment mapping) {
    LinuxMappings.sync(mapping);
  }

  @Override
  public Descriptor createAnonymous(String label) {
    return LinuxMappings.createAnonymous(label);
  }

  @Override
  public void seal(Descriptor descriptor, Seal... seals) {
    LinuxMappings.seal(descriptor, seals);
  }

  @Override
  public boolean tryLock(Descriptor descriptor, long offset, long length) {
    return LinuxLocks.tryLock(descriptor, offset, length);
  }

  @Override
  public void unlock(Descriptor descriptor, long offset, long length) {
    LinuxLocks.unlock(descriptor, offset, length);
  }

  @Override
  public boolean isLockedByOther(Descriptor descriptor, long offset, long length) {
    return LinuxLocks.isLockedByOther(descriptor, offset, length);
  }

  @Override
  public Wake await(MemorySegment mapping, long offset, int expected, long deadlineNanos) {
    return LinuxFutex.await(mapping, offset, expected, deadlineNanos);
  }

  @Override
  public int wake(MemorySegment mapping, long offset, int count) {
    return LinuxFutex.wake(mapping, offset, count);
  }

  @Override
  public @Nullable Descriptor openProcess(long pid) {
    return LinuxProcesses.openProcess(pid);
  }

  @Override
  public long startTimeOf(long pid) {
    return LinuxProcesses.startTimeOf(pid);
  }

  @Override
  public long currentThread() {
    return LinuxProcesses.currentThread();
  }

  @Override
  public int niceOf(long thread) {
    return LinuxProcesses.niceOf(thread);
  }

  @Override
  public void setNice(long thread, int nice) {
    LinuxProcesses.setNice(thread, nice);
  }

  @Override
  public Descriptor createSignal() {
    return LinuxProcesses.createSignal();
  }

  @Override
  public void signal(Descriptor signal) {
    LinuxProcesses.signal(signal);
  }

  @Override
  public void clearSignal(Descriptor signal) {
    LinuxProcesses.clearSignal(signal);
  }

  @Override
  public List<Descriptor> poll(List<Descriptor> descriptors, Duration timeout) {
    return LinuxProcesses.poll(descriptors, timeout);
  }

  /** On Linux HotSpot reads CLOCK_MONOTONIC for this, without a call into the kernel. */
  @Override
  public long monotonicNanos() {
    return System.nanoTime();
  }

  @Override
  public long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
  }
}
