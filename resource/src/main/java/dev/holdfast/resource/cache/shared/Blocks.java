package dev.holdfast.resource.cache.shared;

import dev.holdfast.platform.Words;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The memory of keys and values, in blocks. What is read here may be another entry's by now: every
 * number is bounds-checked, and the caller looks at the slot's word again before believing any.
 */
final class Blocks {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final boolean LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private static final long SCATTERED = -1;

  private final Words words;
  private final CacheGeometry geometry;
  private final Slots slots;
  private final int blockBytes;
  private final long wordsOffset;
  private final long blocksOffset;

  Blocks(CacheMemory memory, Slots slots) {
    this.words = memory.words();
    this.geometry = memory.geometry();
    this.slots = slots;
    this.blockBytes = geometry.blockBytes();
    this.wordsOffset = geometry.blockWordsOffset();
    this.blocksOffset = geometry.blocksOffset();
  }

  int count() {
    return geometry.blocks();
  }

  /** Takes a block for an entry, if it is nobody's. */
  boolean tryClaim(int block, int slot, long generation) {
    long at = wordsAt(block) + BlockLayout.OWNER;
    long owner = words.get(at);
    return isFree(owner) && words.compareAndSet(at, owner, BlockLayout.owner(slot, generation));
  }

  boolean isFree(int block) {
    return isFree(words.get(wordsAt(block) + BlockLayout.OWNER));
  }

  private boolean isFree(long owner) {
    return !slots.holds(BlockLayout.slot(owner), BlockLayout.generation(owner));
  }

  /** What the head of an entry says of where these blocks are. */
  static long first(int[] chain) {
    return chain.length == 0 ? 0 : SlotLayout.firstBlock(chain[0], runLength(chain, 0) - 1);
  }

  /** Links the blocks in this order, and writes the bytes into them. */
  void write(int[] chain, byte[] bytes) {
    for (int i = 0; i < chain.length; i++) {
      long next = i + 1 < chain.length ? chain[i + 1] + 1L : 0;
      words.setPlain(wordsAt(chain[i]) + BlockLayout.NEXT, next);
    }
    int from = 0;
    for (int i = 0; i < chain.length; ) {
      int run = runLength(chain, i);
      int to = (int) Math.min(bytes.length, from + (long) run * blockBytes);
      byte[] part = from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
      words.setBytes(at(chain[i]), part);
      from = to;
      i += run;
    }
  }

  private static int runLength(int[] chain, int from) {
    int run = 1;
    while (from + run < chain.length && chain[from + run] == chain[from] + run) {
      run++;
    }
    return run;
  }

  /** The blocks of an entry of so many bytes, as far as its links lead through the table. */
  int[] chain(long first, long length) {
    long count = Math.ceilDiv(length, (long) blockBytes);
    int[] chain = new int[Math.clamp(count, 0, geometry.blocks())];
    int block = SlotLayout.block(first);
    for (int i = 0; i < chain.length; i++) {
      if (isOutside(block)) {
        return Arrays.copyOf(chain, i);
      }
      chain[i] = block;
      block = next(block);
    }
    return chain;
  }

  /** Where that many bytes of an entry lie in one piece; {@link #SCATTERED} if they do not. */
  private long inOnePiece(long first, long length) {
    int block = SlotLayout.block(first);
    long row = SlotLayout.row(first);
    boolean lies = length <= row * blockBytes && block >= 0 && row <= geometry.blocks() - block;
    return lies ? at(block) : SCATTERED;
  }

  /** Whether an entry's bytes start with the key. */
  boolean startsWith(long first, byte[] key) {
    long at = inOnePiece(first, key.length);
    return at == SCATTERED ? chainStartsWith(first, key) : holds(at, key, 0, key.length);
  }

  private boolean chainStartsWith(long first, byte[] key) {
    int block = SlotLayout.block(first);
    for (int from = 0; from < key.length; from += blockBytes) {
      int to = Math.min(key.length, from + blockBytes);
      if (isOutside(block) || !holds(at(block), key, from, to)) {
        return false;
      }
      block = next(block);
    }
    return true;
  }

  private boolean holds(long offset, byte[] key, int from, int to) {
    long at = offset;
    int i = from;
    for (; i + Long.BYTES <= to; i += Long.BYTES, at += Long.BYTES) {
      if (words.getPlain(at) != (long) LONGS.get(key, i)) {
        return false;
      }
    }
    return i == to || endsLike(words.getPlain(at), key, i, to);
  }

  private static boolean endsLike(long word, byte[] key, int from, int to) {
    for (int i = from; i < to; i++) {
      int shift = Byte.SIZE * (LITTLE ? i - from : Long.BYTES - 1 - (i - from));
      if ((byte) (word >>> shift) != key[i]) {
        return false;
      }
    }
    return true;
  }

  /** A part of an entry's bytes; null if its links leave the table. */
  byte @Nullable [] copy(long first, int from, int length) {
    if (length == 0) {
      return new byte[0];
    }
    long at = inOnePiece(first, (long) from + length);
    if (at != SCATTERED) {
      return words.getBytes(at + from, length);
    }
    int block = SlotLayout.block(first);
    for (int skipped = from / blockBytes; skipped > 0; skipped--) {
      if (isOutside(block)) {
        return null;
      }
      block = next(block);
    }
    return copyChain(block, from & (blockBytes - 1), length);
  }

  private byte @Nullable [] copyChain(int first, int inside, int length) {
    byte[] bytes = new byte[length];
    int block = first;
    int skip = inside;
    for (int done = 0; done < length; ) {
      if (isOutside(block)) {
        return null;
      }
      int start = block;
      long room = (long) blockBytes - skip;
      int next = next(block);
      while (room < length - done && next == block + 1 && !isOutside(next)) {
        block = next;
        room += blockBytes;
        next = next(block);
      }
      int part = (int) Math.min(room, length - done);
      System.arraycopy(words.getBytes(at(start) + skip, part), 0, bytes, done, part);
      done += part;
      skip = 0;
      block = next;
    }
    return bytes;
  }

  private int next(int block) {
    return (int) words.getPlain(wordsAt(block) + BlockLayout.NEXT) - 1;
  }

  private boolean isOutside(int block) {
    return block < 0 || block >= geometry.blocks();
  }

  private long wordsAt(int block) {
    return wordsOffset + (long) block * BlockLayout.WORDS_BYTES;
  }

  private long at(int block) {
    return blocksOffset + (long) block * blockBytes;
  }
}
