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
}
