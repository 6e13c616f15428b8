package dev.holdfast.sync;

import dev.holdfast.platform.Words;
import dev.holdfast.region.LimitExceededException;
import dev.holdfast.region.Membership;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The contexts of this process, and which thread has which.
 *
 * <p>A platform thread keeps its context between locks, as long as there are not very many of them;
 * a virtual thread has one only while it owns something or waits. So what a process needs is about
 * as many as its threads that own or wait at the same time.
 *
 * <p><b>Crash points.</b> Claiming: the first word names the claimer with the top bit set, so that
 * nobody takes an old wait word for the new owner's; then the wait word is cleared; then the top
 * bit goes. A claimer that dies in between leaves a dead handle, which the next one claims.
 */
final class Contexts {
  private static final long CLAIMING = 1L << 63;
  private static final int STICKY_SHARE = 4;

  private final LockSegment segment;
  private final Words words;
  private final Membership membership;
  private final long me;
  private final AtomicReferenceArray<@Nullable Context> mine;
  private final ConcurrentLinkedDeque<Context> pool = new ConcurrentLinkedDeque<>();

  @SuppressWarnings("ThreadLocalUsage") // one a space: a thread has a context in each
  private final ThreadLocal<@Nullable Context> current = new ThreadLocal<>();

  private final AtomicInteger stickies = new AtomicInteger();

  Contexts(LockSegment segment, Membership membership) {
    this.segment = segment;
    this.words = segment.words;
    this.membership = membership;
    this.me = membership.me();
    this.mine = new AtomicReferenceArray<>(segment.contexts);
  }

  /** The calling thread's; binds one if it has none. */
  Context current() {
    Context context = current.get();
    return context != null ? context : bind();
  }

  /** The calling thread's, if it has one. */
  @Nullable Context currentOrNull() {
    return current.get();
  }

  /** The context of that index, if it is this process's. */
  @Nullable Context mine(int index) {
    return mine.get(index);
  }

  /**
   * To be called when the thread may own nothing any more, or queues in Java: from now on the
   * context may be another thread's, and this one may get another.
   */
  void done(Context context) {
    if (!context.sticky && !context.isInUse()) {
      current.remove();
      putBack(context);
    }
  }

  /** The same for the calling thread's, if it has one. */
  void done() {
    @Nullable Context context = current.get();
    if (context != null) {
      done(context);
    }
  }

  private Context bind() {
    @Nullable Context pooled = pool.poll();
    Context context = pooled != null ? pooled : claim();
    Thread thread = Thread.currentThread();
    context.thread = thread;
    context.sticky =
        !thread.isVirtual() && stickies.incrementAndGet() <= segment.contexts / STICKY_SHARE;
    context.osThread = context.sticky ? membership.platform().currentThread() : 0;
    words.set(context.at + ContextLayout.THREAD, thread.threadId());
    byte[] label =
        Labels.cut(thread.getName().isEmpty() ? "virtual-" + thread.threadId() : thread.getName());
    words.setBytes(context.at + ContextLayout.LABEL, label);
    words.set(context.at + ContextLayout.LABEL_LENGTH, label.length);
    current.set(context);
    return context;
  }

  private void putBack(Context context) {
    if (!isVirtual(context.thread)) {
      stickies.decrementAndGet();
    }
    context.thread = null;
    if (context.ticket != 0) { // its thread ended within a transaction
      context.ticket = 0;
      context.gaveWay = false;
      context.diedAt = null;
      words.set(context.at + ContextLayout.TICKET, 0);
    }
    pool.push(context);
  }

  private static boolean isVirtual(@Nullable Thread thread) {
    return thread != null && thread.isVirtual();
  }

  private Context claim() {
    for (int index = 0; index < segment.contexts; index++) {
      if (index >= segment.highContext()) {
        segment.raise(SegmentLayout.HIGH_CONTEXT, index + 1L);
      }
      if (tryClaim(index)) {
        Context context = new Context(segment, index, me);
        mine.set(index, context);
        return context;
      }
    }
    throw new LimitExceededException(
        "too many threads own or wait for locks: space=%s, contexts=%d; end some, or let whoever asks for the space's first lock ask for more (LockSizes)"
            .formatted(membership.space(), segment.contexts));
  }

  private boolean tryClaim(int index) {
    long at = segment.context(index);
    long owner = words.get(at + ContextLayout.OWNER);
    if (owner != 0 && membership.hasPlace(owner & ~CLAIMING)) {
      return false;
    }
    if (!words.compareAndSet(at + ContextLayout.OWNER, owner, me | CLAIMING)) {
      return false;
    }
    words.set(segment.wait(index), 0);
    words.set(at + ContextLayout.PARK, 0);
    words.set(at + ContextLayout.CANCEL, 0);
    words.set(at + ContextLayout.TICKET, 0);
    words.set(at + ContextLayout.SEQUENCE, (words.get(at + ContextLayout.SEQUENCE) + 1) & -2);
    for (int i = 0; i < ContextLayout.HELD_MAX; i++) {
      words.set(at + ContextLayout.HELD + (long) i * Long.BYTES, 0);
    }
    words.set(at + ContextLayout.OWNER, me);
    return true;
  }

  /** Does something with each context of this process that a thread has. */
  void forEachBound(Consumer<Context> action) {
    for (int index = 0; index < segment.highContext(); index++) {
      @Nullable Context context = mine.get(index);
      if (context != null && context.thread != null) {
        action.accept(context);
      }
    }
  }

  /**
   * Takes back the contexts whose threads have ended, once {@code settle} settled what they own.
   */
  void takeBackFromEnded(Predicate<Context> settle) {
    forEachBound(context -> {
      Thread thread = context.thread;
      if (thread != null && !thread.isAlive() && settle.test(context)) {
        putBack(context);
      }
    });
  }

  /** Gives back whatever names this participant; nobody of it uses one any more. */
  void giveBackAll() {
    for (int index = 0; index < segment.highContext(); index++) {
      long owner = segment.context(index) + ContextLayout.OWNER;
      if ((words.get(owner) & ~CLAIMING) == me) {
        words.set(segment.wait(index), 0);
        words.set(owner, 0);
      }
    }
  }

  /** The participant that has a context now; 0 while nobody or a claimer has it. */
  long ownerOf(int index) {
    long owner = words.get(segment.context(index) + ContextLayout.OWNER);
    return owner < 0 ? 0 : owner;
  }
}
