/**
 * Utilities for whatever is expensive: guards, pool, shared data, cache, mapped files,
 * configuration.
 */
module dev.holdfast.resource {
  requires transitive dev.holdfast.region;
  requires jdk.jfr;
  requires static org.jspecify;

  exports dev.holdfast.resource.cache.shared;
  exports dev.holdfast.resource.file;
}
