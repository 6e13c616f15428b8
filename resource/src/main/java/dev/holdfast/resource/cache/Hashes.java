package dev.holdfast.resource.cache;

/** Spreads the bits of hash codes. */
final class Hashes {
  private Hashes() {}

  /** Bits of a key's hash code, spread so that any of them may choose a shard or a sample. */
  static int spread(int hashCode) {
    int hash = hashCode * 0x9E3779B9; // 2^32 divided by the golden ratio
    return hash ^ (hash >>> 16);
  }

  /** SplitMix64's finalizer. */
  static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
