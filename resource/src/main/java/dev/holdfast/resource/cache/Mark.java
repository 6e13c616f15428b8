package dev.holdfast.resource.cache;

/**
 * What a hit leaves in an entry: how often it was used since the policy looked last, and when, in
 * the policy's own time.
 *
 * <pre>
 *  31                              4 3     0
 * +---------------------------------+-------+
 * | turn of the last use            | uses  |   uses stop at 15
 * +---------------------------------+-------+
 * </pre>
 *
 * A hit writes only if that changes something; an entry that is used again and again within one
 * turn is not written at all.
 */
final class Mark {
  static final int USES_MAX = 15;
  private static final int TURN_SHIFT = 4;

  private Mark() {}

  /** The mark that a use in that turn does not change. */
  static int full(int turn) {
    return turn << TURN_SHIFT | USES_MAX;
  }

  /** Notes a use. */
  static void use(PolicyNode node, int turn) {
    int mark = node.mark;
    int uses = Math.min(USES_MAX, (mark & USES_MAX) + 1);
    int used = turn << TURN_SHIFT | uses;
    if (used != mark) {
      node.mark = used;
    }
  }

  /** How often the entry was used since the last look; this is a look. */
  static int takeUses(PolicyNode node) {
    int mark = node.mark;
    node.mark = mark & ~USES_MAX;
    return mark & USES_MAX;
  }

  /** How many turns after the given one the last use was; negative if before. */
  static int turnsSince(int turn, PolicyNode node) {
    return ((node.mark - (turn << TURN_SHIFT)) & ~USES_MAX) >> TURN_SHIFT;
  }
}
