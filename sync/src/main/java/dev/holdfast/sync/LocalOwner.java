package dev.holdfast.sync;

import org.jspecify.annotations.Nullable;

/**
 * Which thread of this process owns a lock, and which one had it last: most often it comes again,
 * and is found without a look into a thread-local.
 *
 * <p><b>Sharing.</b> Set and cleared by the owner only, between taking the word and releasing it;
 * another thread that reads it never finds itself there.
 *
 * <p><b>Cost.</b> The owner is kept as a number, not as a reference: a reference stored for each
 * acquisition would pass the collector's barriers each time.
 */
final class LocalOwner {
  private static final long NOBODY = 0;

  private final Contexts contexts;
  private long identity = NOBODY;
  private @Nullable Context last;

  LocalOwner(Contexts contexts) {
    this.contexts = contexts;
  }

  /** The calling thread's context; binds one if it has none. */
  Context current() {
    Context guess = last;
    return guess != null && guess.isCurrent() ? guess : contexts.current();
  }

  boolean is(Context me) {
    return identity == me.identity;
  }

  /** The calling thread's context if it is the owner's. */
  @Nullable Context mine() {
    Context guess = last;
    Context me = guess != null && guess.isCurrent() ? guess : contexts.currentOrNull();
    return me != null && is(me) ? me : null;
  }

  void set(Context me) {
    identity = me.identity;
    came(me);
  }

  /** Notes who comes, so that it is found at once when it goes or comes again. */
  void came(Context me) {
    if (last != me) {
      last = me;
    }
  }

  void clear() {
    identity = NOBODY;
  }
}
