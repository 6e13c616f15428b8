package dev.holdfast.resource.cache;

/**
 * A policy for which most hits on entries that are used much say nothing new, and which can tell
 * those hits beforehand: they are kept from it.
 *
 * <p>Sharing: both are asked under the shard's lock; hits are kept back by what was said last.
 */
sealed interface Marking extends EvictionPolicy permits MarkedPolicy, AdaptivePolicy {
  /** What to say to be told of no hit but those that change the mark. */
  int NOBODY = -1;

  /** The mark of entries that a hit does not change now. */
  int fullMark();

  /** Hits on keys whose hash codes have none of these bits are told all the same. */
  int listensTo();
}
