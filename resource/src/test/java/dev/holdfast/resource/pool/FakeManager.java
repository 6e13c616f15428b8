package dev.holdfast.resource.pool;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes numbered objects, fails when told to, and remembers what became of each. */
class FakeManager implements ConnectionManager<FakeManager.Thing> {
  /** A pooled object. */
  static final class Thing {
    final int number;
    boolean fit = true;
    int validated;
    int recycled;

    Thing(int number) {
      this.number = number;
    }

    @Override
    public String toString() {
      return "thing " + number;
    }
  }

  final List<Thing> created = new ArrayList<>();
  final Set<Thing> alive = new HashSet<>();
  boolean down;
  boolean destroyThrows;
  @Nullable Runnable whileCreating;
  int attempts;
  int mostAlive;
  int destroyedTwice;

  @Override
  public synchronized Thing create() {
    attempts++;
    if (whileCreating != null) {
      whileCreating.run();
    }
    if (down) {
      throw new IllegalStateException("the far side is down: attempt=" + attempts);
    }
    Thing thing = new Thing(created.size());
    created.add(thing);
    alive.add(thing);
    mostAlive = Math.max(mostAlive, alive.size());
    return thing;
  }

  @Override
  public synchronized boolean validate(Thing thing) {
    requireAlive(thing);
    thing.validated++;
    return thing.fit;
  }

  @Override
  public synchronized void destroy(Thing thing) {
    if (!alive.remove(thing)) {
      destroyedTwice++;
    }
    if (destroyThrows) {
      throw new IllegalStateException("cannot be destroyed: " + thing);
    }
  }

  synchronized int alive() {
    return alive.size();
  }

  final void requireAlive(Thing thing) {
    if (!alive.contains(thing)) {
      throw new AssertionError("destroyed before: " + thing);
    }
  }

  /** As above, with a recycle of its own. */
  static final class Recycling extends FakeManager {
    boolean recycleThrows;

    @Override
    public synchronized void recycle(Thing thing) {
      requireAlive(thing);
      thing.recycled++;
      if (recycleThrows) {
        throw new IllegalStateException("cannot be recycled: " + thing);
      }
    }
  }
}
