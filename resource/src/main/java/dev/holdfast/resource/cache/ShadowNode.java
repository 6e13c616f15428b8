package dev.holdfast.resource.cache;

import org.jspecify.annotations.Nullable;

/** An entry of a {@link Shadow}: a hash code and a weight. */
final class ShadowNode extends PolicyNode {
  private static final Object NOTHING = new Object();

  @Nullable ShadowNode nextInBucket;

  ShadowNode(int keyHash, long weight) {
    super(keyHash, NOTHING, NOTHING, weight);
  }
}
