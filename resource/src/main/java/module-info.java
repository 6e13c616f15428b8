/** Utilities for whatever is expensive: guards, pool, shared data, cache, mapped files, configuration. */
module dev.holdfast.resource {
  requires transitive dev.holdfast.region;
  requires static org.jspecify;
}
