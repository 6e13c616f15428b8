package dev.holdfast.resource.cache;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A sweep that removed entries whose time was over. */
@Name("dev.holdfast.CacheSweep")
@Label("Cache Sweep")
@Category({"Holdfast", "Cache"})
@StackTrace(false)
final class CacheSweepEvent extends Event {
  @Label("Cache")
  String cache = "";

  @Label("Expired Entries")
  long expired;
}
