package dev.holdfast.resource.cache;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The adaptive policy follows another of its members. */
@Name("dev.holdfast.CachePolicy")
@Label("Cache Policy Changed")
@Category({"Holdfast", "Cache"})
@StackTrace(false)
final class CachePolicyEvent extends Event {
  @Label("Cache")
  String cache = "";

  @Label("Followed So Far")
  String former = "";

  @Label("Followed Now")
  String present = "";
}
