package dev.holdfast.resource.config;

import org.spongepowered.configurate.ConfigurationNode;
import org.spongepowered.configurate.RepresentationHint;

/**
 * Where a node was written. It travels with the node as a hint, through migrations and merges; a
 * node without one has its parent's.
 *
 * @param source the file, or for example {@code environment}
 * @param line from 1; 0 where a source has no lines
 * @param isFlat whether the source knows texts only, so that a list is written with commas
 */
record Location(String source, int line, boolean isFlat) {
  private static final RepresentationHint<Location> HINT =
      RepresentationHint.<Location>builder()
          .identifier("holdfast:location")
          .valueType(Location.class)
          .inheritable(true)
          .build();
  private static final Location NOWHERE = new Location("configuration", 0, false);

  static Location of(ConfigurationNode node) {
    Location location = node.hint(HINT);
    return location == null ? NOWHERE : location;
  }

  void mark(ConfigurationNode node) {
    node.hint(HINT, this);
  }

  Location atLine(int otherLine) {
    return new Location(source, otherLine, isFlat);
  }

  ConfigProblem problem(ConfigProblem.Stage stage, String path, String value, String expectation) {
    return new ConfigProblem(stage, source, line, path, value, expectation);
  }
}
