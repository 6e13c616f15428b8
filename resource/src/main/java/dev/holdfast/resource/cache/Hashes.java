package dev.holdfast.resource.cache;

/** Spreads the bits of hash codes. */
final class Hashes {
  private Hashes() {}

  /**
   * Bits of a key's hash code, spread so that any of them may choose a shard, a bucket or a sample.
   * The upper word of the product depends on all bits of the hash code, also where only the highest
   * ones differ; the lower word breaks its regular steps, which put consecutive numbers in heaps.
   */
  static int spread(int hashCode) {
    long product = hashCode * 0x9E3779B97F4A7C15L; // 2^64 divided by the golden ratio
    return (int) (product ^ (product >>> Integer.SIZE));
  }

  /** SplitMix64's finalizer. */
  static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}
