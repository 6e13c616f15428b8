package dev.holdfast.resource.cache.shared;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Eight bytes a multiplication, with a seed, its bits mixed at the end: the same in every language.
 */
final class KeyHash {
  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long BASIS = 0x9e3779b97f4a7c15L;
  private static final long FACTOR = 0xff51afd7ed558ccdL;

  static long of(byte[] key, long seed) {
    long hash = seed ^ key.length * BASIS;
    int i = 0;
    for (; i + Long.BYTES <= key.length; i += Long.BYTES) {
      hash = with(hash, (long) WORDS.get(key, i));
    }
    if (i < key.length) {
      hash = with(hash, tail(key, i));
    }
    return mixed(hash);
  }

  private static long with(long hash, long word) {
    long product = (hash ^ word) * FACTOR;
    return product ^ product >>> 32;
  }

  /** The bytes that are left, as a word whose others are 0. */
  private static long tail(byte[] key, int from) {
    long word = 0;
    for (int i = key.length - 1; i >= from; i--) {
      word = word << Byte.SIZE | (key[i] & 0xFF);
    }
    return word;
  }

  private static long mixed(long hash) {
    hash = (hash ^ hash >>> 33) * FACTOR;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  private KeyHash() {}
}
