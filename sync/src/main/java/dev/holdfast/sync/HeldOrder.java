package dev.holdfast.sync;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one thread owns, as its chain of classes: each lock once, however often it was taken.
 *
 * <p><b>Sharing.</b> The thread's own; made when it first asks for a lock with the check switched
 * on. Locks that it owned before are not in it.
 */
final class HeldOrder {
  private static final class Owned {
    final long key;
    final LockClass lockClass;
    int times = 1;

    Owned(long key, LockClass lockClass) {
      this.key = key;
      this.lockClass = lockClass;
    }
  }

  private final OrderChain root;
  private final List<Owned> owned = new ArrayList<>(4);
  private OrderChain chain;
  private long wantedKey = -1;
  private @Nullable LockClass wanted;

  HeldOrder(OrderChain root) {
    this.root = root;
    this.chain = root;
  }

  OrderChain chain() {
    return chain;
  }

  boolean owns(long key) {
    return find(key) != null;
  }

  /** What its thread asks for; {@link #took} notes it as owned if the thread gets it. */
  void wants(long key, LockClass lockClass) {
    wantedKey = key;
    wanted = lockClass;
  }

  void took(long key) {
    @Nullable Owned known = find(key);
    if (known != null) {
      known.times++;
    } else if (wanted != null && wantedKey == key) {
      owned.add(new Owned(key, wanted));
      chain = chain.then(wanted);
    }
  }

  void gave(long key) {
    @Nullable Owned known = find(key);
    if (known != null && --known.times == 0) {
      owned.remove(known);
      chain = chainWithout(-1);
    }
  }

  @Nullable LockClass classOf(long key) {
    @Nullable Owned known = find(key);
    return known == null ? null : known.lockClass;
  }

  /** As if that lock were not owned. */
  OrderChain chainWithout(long key) {
    OrderChain at = root;
    for (Owned one : owned) {
      at = one.key == key ? at : at.then(one.lockClass);
    }
    return at;
  }

  private @Nullable Owned find(long key) {
    for (int i = owned.size() - 1; i >= 0; i--) {
      if (owned.get(i).key == key) {
        return owned.get(i);
      }
    }
    return null;
  }
}
