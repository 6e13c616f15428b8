package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.Membership;

/**
 * How urgent it is what somebody waits for or owns: the highest priority of all who are kept
 * waiting by it, along the chain, its own included. Time does not count here: who waits long goes
 * first ({@link Priority}), but takes nothing from an owner of its own priority.
 *
 * <p><b>Cost.</b> As a look for the next waiter: one word a context that was ever used.
 */
final class Urgency {
  private static final int DEPTH_MAX = 8;

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final Contexts contexts;

  Urgency(LockSegment segment, Membership membership, Contexts contexts) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.contexts = contexts;
  }

  /** Whether somebody whom that keeps out is more urgent than its owner. */
  boolean isPreempted(Context owner, long held, Priority own) {
    long waiting = behind(owner.index, held, 0);
    return waiting > own.level() && waiting > ofOwner(owner.index, held, own.level(), 0);
  }

  /** Whether anybody at all waits with a priority above normal. */
  boolean isAnybodyUrgent() {
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      if (words.get(segment.wait(context)) > 0
          && words.get(segment.context(context) + ContextLayout.PRIORITY)
              > Priority.NORMAL.level()) {
        return true;
      }
    }
    return false;
  }

  /** Of the most urgent one who waits for something that it owns; -1 for nobody. */
  long ofWhatItOwns(Context owner) {
    return ofOwner(owner.index, 0, -1, 0);
  }

  /** Of who waits for what that owner's context has, except one. */
  private long ofOwner(int owner, long except, long own, int depth) {
    long urgency = own;
    long heldAt = segment.context(owner) + ContextLayout.HELD;
    for (int i = 0; i < ContextLayout.HELD_MAX; i++) {
      long held = words.get(heldAt + (long) i * Long.BYTES);
      if (held != 0 && held != except) {
        urgency = Math.max(urgency, behind(owner, held, depth));
      }
    }
    return urgency;
  }

  /** Of the most urgent one whom a held word keeps out; -1 for nobody. */
  private long behind(int owner, long held, int depth) {
    long urgency = -1;
    int high = segment.highContext();
    for (int context = 0; context < high; context++) {
      long word = words.get(segment.wait(context));
      if (context != owner
          && word > 0
          && WaitWord.key(word) == WaitWord.key(held)
          && WaitWord.excludes(WaitWord.mode(held), WaitWord.mode(word))
          && membership.hasPlace(contexts.ownerOf(context))) {
        urgency = Math.max(urgency, ofWaiter(context, depth));
      }
    }
    return urgency;
  }

  private long ofWaiter(int context, int depth) {
    long own = words.get(segment.context(context) + ContextLayout.PRIORITY);
    long level = Math.clamp(own, 0, Priority.CRITICAL.level());
    return depth == DEPTH_MAX ? level : ofOwner(context, 0, level, depth + 1);
  }
}
