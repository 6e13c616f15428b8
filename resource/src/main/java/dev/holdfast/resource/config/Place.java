package dev.holdfast.resource.config;

import java.util.List;
import java.util.stream.Stream;
import org.spongepowered.configurate.ConfigurationNode;

/**
 * Where a value stands.
 *
 * @param steps its keys and indexes; a name of a map may have dots in it
 * @param path the same for people: {@code servers[0].port}, {@code weights.red}
 * @param keys the same for all elements of a list and all values of a map: {@code servers.port},
 *     {@code weights}
 */
record Place(List<Object> steps, String path, String keys) {
  static final Place ROOT = new Place(List.of(), "", "");

  Place key(String key) {
    return below(key, Paths.child(path, key), Paths.child(keys, key));
  }

  Place element(int index) {
    return below(index, Paths.element(path, index), keys);
  }

  Place named(String name) {
    return below(name, Paths.child(path, name), keys);
  }

  /** One that is not there has the location of what is above it. */
  ConfigurationNode node(ConfigurationNode root) {
    return root.node(steps.toArray());
  }

  private Place below(Object step, String newPath, String newKeys) {
    return new Place(Stream.concat(steps.stream(), Stream.of(step)).toList(), newPath, newKeys);
  }
}
