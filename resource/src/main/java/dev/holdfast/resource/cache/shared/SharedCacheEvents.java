package dev.holdfast.resource.cache.shared;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** What a flight recording sees of shared caches. */
final class SharedCacheEvents {
  private SharedCacheEvents() {}

  @Name("dev.holdfast.SharedCacheOpened")
  @Label("Shared cache opened")
  @Category({"Holdfast", "Cache"})
  static final class Opened extends Event {
    @Label("Cache")
    String cache = "";
  }

  @Name("dev.holdfast.SharedCacheRecovered")
  @Label("Shared cache recovered from a death")
  @Category({"Holdfast", "Cache"})
  static final class Recovered extends Event {
    @Label("Cache")
    String cache = "";

    @Label("Half-made entries given back")
    int entries;
  }

  static void opened(SharedCache<?, ?> cache) {
    Opened event = new Opened();
    if (event.shouldCommit()) {
      event.cache = cache.name();
      event.commit();
    }
  }

  static void recovered(String cache, int entries) {
    Recovered event = new Recovered();
    if (event.shouldCommit()) {
      event.cache = cache;
      event.entries = entries;
      event.commit();
    }
  }
}
