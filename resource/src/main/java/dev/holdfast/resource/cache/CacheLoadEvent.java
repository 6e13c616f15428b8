package dev.holdfast.resource.cache;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A load, a refresh or a bulk load. */
@Name("dev.holdfast.CacheLoad")
@Label("Cache Load")
@Category({"Holdfast", "Cache"})
@StackTrace(false)
final class CacheLoadEvent extends Event {
  @Label("Cache")
  String cache = "";

  @Label("Keys")
  int keys;

  @Label("Succeeded")
  boolean succeeded;
}
