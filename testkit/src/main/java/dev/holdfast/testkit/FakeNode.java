package dev.holdfast.testkit;

import dev.holdfast.platform.Errno;
import dev.holdfast.platform.FileStatus;
import dev.holdfast.platform.FileStatus.Kind;
import dev.holdfast.platform.Platform.Seal;
import dev.holdfast.platform.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A file, directory, link or shared memory object of a {@link FakeKernel}; guarded by it. */
final class FakeNode {
  static final int PAGE = 4096;
  private static final long CAPACITY_MIN = 16 * PAGE;

  final Kind kind;
  final long inode;
  final FakeMount mount;
  final long uid;
  final long gid;
  final int permissions;
  final Set<Seal> seals = EnumSet.noneOf(Seal.class);
  final List<FakeLock> locks = new ArrayList<>();

  int links;
  int uses; // open descriptors and mappings: the pages stay for as long as there are any
  long size;
  boolean ready; // of a signal
  private boolean mapped;
  private final BitSet pages = new BitSet();
  private MemorySegment memory = MemorySegment.NULL;

  FakeNode(Kind kind, long inode, FakeMount mount, long uid, long gid, int permissions) {
    this.kind = kind;
    this.inode = inode;
    this.mount = mount;
    this.uid = uid;
    this.gid = gid;
    this.permissions = permissions;
  }

  FileStatus status() {
    return new FileStatus(
        kind,
        mount.device,
        inode,
        links,
        uid,
        gid,
        permissions,
        size,
        (long) pages.cardinality() * PAGE);
  }

  void allocate(long offset, long length, String call) {
    int from = (int) (offset / PAGE);
    int to = (int) Math.ceilDiv(offset + length, PAGE);
    long missing = (long) to - from - pages.get(from, to).cardinality();
    if (missing * PAGE > mount.availableBytes()) {
      throw new SystemCallException(
          call, Errno.ENOSPC, "length=%d, %s".formatted(length, mount.status()));
    }
    if (offset + length > size) {
      resize(offset + length);
    }
    pages.set(from, to);
    mount.usedBytes += missing * PAGE;
  }

  void resize(long newSize) {
    if (newSize > memory.byteSize()) {
      grow(newSize);
    }
    if (newSize < size) {
      memory.asSlice(newSize, size - newSize).fill((byte) 0);
      freePages((int) Math.ceilDiv(newSize, PAGE));
    }
    size = newSize;
  }

  private void grow(long newSize) {
    if (mapped) {
      throw new UnsupportedOperationException(
          "the fake kernel cannot move a mapped object: size=%d, wanted=%d, room=%d"
              .formatted(size, newSize, memory.byteSize()));
    }
    long capacity = Math.max(CAPACITY_MIN, Math.ceilDiv(newSize, PAGE) * PAGE);
    MemorySegment larger = Arena.ofAuto().allocate(capacity, PAGE);
    MemorySegment.copy(memory, 0, larger, 0, memory.byteSize());
    memory = larger;
  }

  private void freePages(int from) {
    int to = Math.max(from, pages.length());
    mount.usedBytes -= (long) pages.get(from, to).cardinality() * PAGE;
    pages.clear(from, to);
  }

  /** The object's own memory, the same for all who map it. */
  MemorySegment bytes() {
    return memory.asSlice(0, size);
  }

  MemorySegment mapped(long length) {
    mapped = true;
    uses++;
    return memory.asSlice(0, length);
  }

  void release() {
    uses--;
    freeIfGone();
  }

  void freeIfGone() {
    if (links == 0 && uses == 0) {
      freePages(0);
    }
  }
}
