package dev.holdfast.resource.guard;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A guard was lost without being closed. */
@Name("dev.holdfast.GuardLeak")
@Label("Guard leak")
@Description("A guard was garbage-collected without having been closed")
@Category({"Holdfast", "Guards"})
@StackTrace(false)
final class LeakEvent extends Event {
  @Label("Registry")
  String registry = "";

  @Label("Resource")
  String resource = "";

  static void commit(String registry, Entry<?> entry) {
    LeakEvent event = new LeakEvent();
    if (event.isEnabled()) {
      event.registry = registry;
      event.resource = entry.name;
      event.commit();
    }
  }
}
