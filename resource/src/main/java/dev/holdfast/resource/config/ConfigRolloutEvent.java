package dev.holdfast.resource.config;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.holdfast.ConfigRollout")
@Label("Configuration Rollout")
@Category({"Holdfast", "Configuration"})
@Description("A step of a new configuration on its way to all keys, or back")
@StackTrace(false)
final class ConfigRolloutEvent extends Event {
  @Label("Configuration")
  String config = "";

  @Label("Version")
  long version;

  @Label("Step")
  String step = "";

  @Label("Share in Percent")
  double percent;

  static void record(String config, Candidate<?> candidate, String step) {
    ConfigRolloutEvent event = new ConfigRolloutEvent();
    if (event.shouldCommit()) {
      event.config = config;
      event.version = candidate.change().after().version();
      event.step = step;
      event.percent = candidate.percent();
      event.commit();
    }
  }
}
