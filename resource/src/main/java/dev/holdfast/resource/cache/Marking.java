package dev.holdfast.resource.cache;

/**
 * A policy to which another hit on an entry that is used much is no news. It says which hits those
 * are, and is not told of them.
 *
 * <p>Sharing: both methods are called under the shard's lock; hits, which take none, go by the last
 * answers.
 */
sealed interface Marking extends EvictionPolicy permits MarkedPolicy, AdaptivePolicy {
  /** What to say to be told of no hit but those that change the mark. */
  int NOBODY = -1;

  /** The mark of entries that a hit does not change now. */
  int fullMark();

  /** Hits on keys whose hash codes have none of these bits are told all the same. */
  int listensTo();
}
