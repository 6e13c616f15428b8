package dev.holdfast.resource.guard;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A clean-up came to its end. */
@Name("dev.holdfast.Cleanup")
@Label("Clean-up")
@Description("A guarded resource's clean-up came to its end")
@Category({"Holdfast", "Guards"})
@StackTrace(false)
final class CleanupEvent extends Event {
  @Label("Registry")
  String registry = "";

  @Label("Resource")
  String resource = "";

  @Label("Priority")
  String priority = "";

  @Label("Outcome")
  String outcome = "";

  @Label("Attempts")
  int attempts;

  @Label("Took")
  @Timespan(Timespan.NANOSECONDS)
  long took;

  static void commit(String registry, Entry<?> entry, CleanupOutcome outcome) {
    CleanupEvent event = new CleanupEvent();
    if (event.isEnabled()) {
      event.registry = registry;
      event.resource = entry.name;
      event.priority = entry.policy.priority().name();
      event.outcome = outcome.state().name();
      event.attempts = outcome.attempts();
      event.took = outcome.took().toNanos();
      event.commit();
    }
  }
}
