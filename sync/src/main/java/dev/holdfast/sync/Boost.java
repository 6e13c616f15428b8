package dev.holdfast.sync;

import dev.holdfast.platform.Errno;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.SystemCallException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Priority inheritance of the operating system's kind: threads of this process run before others
 * while they own what somebody urgent waits for. Off until it is switched on.
 *
 * <p>The reactor looks, when its doorbell rings, as an urgent waiter does, and every half a second;
 * a thread goes back to what it was when it releases something that is waited for, at the latest at
 * the next look. Platform threads only: a virtual one's carrier carries others, too.
 *
 * <p><b>Sharing.</b> Any thread; one at a time changes priorities. The nice values of the dead go
 * with them.
 *
 * <p><b>Cost.</b> Nothing where nobody waits.
 */
final class Boost {
  private static final System.Logger LOG = System.getLogger(Boost.class.getName());

  /** What a level above {@link Priority#NORMAL} is worth. */
  private static final int NICE_A_LEVEL = 5;

  private final Contexts contexts;
  private final Urgency urgency;
  private final Platform platform;

  /** The nice values that raised threads had before; guarded by this. */
  private final Map<Context, Integer> raised = new HashMap<>();

  private volatile boolean on;

  Boost(Contexts contexts, Urgency urgency, Platform platform) {
    this.contexts = contexts;
    this.urgency = urgency;
    this.platform = platform;
  }

  /** Switches it on; whether the system permits it. */
  boolean switchOn() {
    on = platform.capabilities().has("thread-priority");
    return on;
  }

  /** Puts everything back and switches it off. */
  synchronized void switchOff() {
    on = false;
    List.copyOf(raised.keySet()).forEach(this::restore);
  }

  /** Raises who keeps somebody urgent waiting, and puts back who does not any more. */
  void look() {
    if (on) {
      lookNow();
    }
  }

  private synchronized void lookNow() {
    if (!raised.isEmpty() || urgency.isAnybodyUrgent()) {
      contexts.forEachBound(this::settle);
      List.copyOf(raised.keySet()).forEach(this::settle); // those that have no thread any more
    }
  }

  /** To be called by an owner that released something that was waited for. */
  void released(Context owner) {
    if (on) {
      releasedNow(owner);
    }
  }

  private synchronized void releasedNow(Context owner) {
    if (raised.containsKey(owner)) {
      settle(owner);
    }
  }

  private void settle(Context owner) {
    Thread thread = owner.thread;
    long level = urgency.ofWhatItOwns(owner);
    if (on && owner.osThread != 0 && thread != null && level > Priority.NORMAL.level()) {
      raise(owner, level);
    } else if (raised.containsKey(owner)) {
      restore(owner);
    }
  }

  private void raise(Context owner, long level) {
    try {
      int nice = platform.niceOf(owner.osThread);
      int before = raised.getOrDefault(owner, nice);
      int wanted = before - NICE_A_LEVEL * (int) (level - Priority.NORMAL.level());
      if (wanted != nice) {
        platform.setNice(owner.osThread, wanted);
        raised.put(owner, before);
      }
    } catch (SystemCallException e) {
      tolerate(e);
    }
  }

  private void restore(Context owner) {
    Integer before = raised.remove(owner);
    try {
      if (before != null) {
        platform.setNice(owner.osThread, before);
      }
    } catch (SystemCallException e) {
      tolerate(e);
    }
  }

  /** A thread may end at any time; anything else is worth a word, and no reason to fail a lock. */
  private static void tolerate(SystemCallException refused) {
    if (refused.errno() != Errno.ESRCH) {
      LOG.log(
          System.Logger.Level.WARNING, "the priority of a lock's owner stays as it is", refused);
    }
  }
}
