package dev.holdfast.resource.config;

/**
 * Where a value stands.
 *
 * @param path {@code servers[0].port}, {@code weights.red}
 * @param keys the same for all elements of a list and all values of a map: {@code servers.port},
 *     {@code weights}
 */
record Place(String path, String keys) {
  static final Place ROOT = new Place("", "");

  Place key(String key) {
    return new Place(Paths.child(path, key), Paths.child(keys, key));
  }

  Place element(int index) {
    return new Place(Paths.element(path, index), keys);
  }

  Place named(String name) {
    return new Place(Paths.child(path, name), keys);
  }
}
