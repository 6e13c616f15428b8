package dev.holdfast.region;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who wants to be told what happens in the space, and up to where they were told. */
final class Listeners {
  private static final System.Logger LOG = System.getLogger(Listeners.class.getName());

  private final EventLog events;
  private final List<Consumer<SpaceEvent>> listeners = new CopyOnWriteArrayList<>();
  private long told; // sequence; guarded by this, as the next
  private long awaited;

  Listeners(EventLog events) {
    this.events = events;
  }

  Subscription add(Consumer<SpaceEvent> listener) {
    Consumer<SpaceEvent> own = event -> listener.accept(event); // the same one may be added twice
    synchronized (this) {
      if (listeners.isEmpty()) {
        told = events.last();
      }
      listeners.add(own);
    }
    return () -> listeners.remove(own);
  }

  /** Tells what happened since the last time; one that throws does not keep the others. */
  void tell() {
    List<SpaceEvent> news = news();
    for (SpaceEvent event : news) {
      for (Consumer<SpaceEvent> listener : listeners) {
        try {
          listener.accept(event);
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.WARNING, "a listener failed at " + event, e);
        }
      }
    }
  }

  /** An event that is missing before a newer one is being written, or its writer died there. */
  private synchronized List<SpaceEvent> news() {
    if (listeners.isEmpty()) {
      return List.of();
    }
    List<SpaceEvent> news = new ArrayList<>();
    for (SpaceEvent event : events.read(told, events.last())) {
      if (event.sequence() > told + 1 && awaited != told + 1) {
        awaited = told + 1; // one more look at it, the next time
        break;
      }
      told = event.sequence();
      news.add(event);
    }
    return news;
  }
}
