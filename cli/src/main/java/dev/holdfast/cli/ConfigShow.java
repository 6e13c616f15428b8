package dev.holdfast.cli;

import dev.holdfast.region.Limits;
import dev.holdfast.region.Space;
import dev.holdfast.resource.config.ConfigEntry;
import dev.holdfast.resource.config.ReloadableConfig;
import dev.holdfast.resource.config.SpaceConfig;
import java.util.List;

/** How the configuration of a space is printed. */
final class ConfigShow {
  private ConfigShow() {}

  /** Lines that a YAML file may consist of. */
  static List<String> lines(Space space) {
    try (ReloadableConfig<SpaceConfig> config = SpaceConfig.of(space).withoutWatch().open()) {
      return config.snapshot().entries().stream().map(ConfigShow::line).toList();
    }
  }

  static Object toJson(Space space) {
    Limits limits = space.usage().limits();
    return Json.object("space", space.name(), "limits", LimitsCommand.toJson(limits));
  }

  private static String line(ConfigEntry entry) {
    return "%s: %s".formatted(entry.path(), entry.value());
  }
}
