package dev.holdfast.resource.cache.shared;

/** FNV-1a with a seed, its bits mixed at the end: the same in every language. */
final class KeyHash {
  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  static long of(byte[] key, long seed) {
    long hash = BASIS ^ seed;
    for (byte next : key) {
      hash = (hash ^ (next & 0xFF)) * PRIME;
    }
    return mixed(hash);
  }

  private static long mixed(long hash) {
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  private KeyHash() {}
}
