package dev.holdfast.resource.config;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.holdfast.ConfigReload")
@Label("Configuration Reload")
@Category({"Holdfast", "Configuration"})
@Description("An attempt to bring a configuration into force")
@StackTrace(false)
final class ConfigReloadEvent extends Event {
  @Label("Configuration")
  String config = "";

  @Label("Outcome")
  String outcome = "";

  @Label("Version in Force")
  long version;

  @Label("Fingerprint of the Sources")
  String fingerprint = "";

  @Label("Changed Keys")
  String changedKeys = "";

  @Label("Problems")
  int problems;

  void record(String name, String attempted, long versionInForce, ReloadOutcome<?> what) {
    end();
    if (!shouldCommit()) {
      return;
    }
    config = name;
    fingerprint = attempted;
    version = versionInForce;
    outcome = what.getClass().getSimpleName();
    switch (what) {
      case ReloadOutcome.Applied<?> applied -> changedKeys = keys(applied.change());
      case ReloadOutcome.RollingOut<?> rolling -> changedKeys = keys(rolling.change());
      case ReloadOutcome.Rejected<?> rejected -> problems = rejected.problems().size();
      case ReloadOutcome.Unchanged<?> _ -> {}
    }
    commit();
  }

  private static String keys(ConfigChange<?> change) {
    return String.join(", ", change.differences().stream().map(ConfigDifference::path).toList());
  }
}
