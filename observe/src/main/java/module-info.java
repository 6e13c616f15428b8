/** What the libraries count, for Micrometer. */
module dev.holdfast.observe {
  requires transitive dev.holdfast.resource;
  requires transitive micrometer.core;
  requires static org.jspecify;

  exports dev.holdfast.observe;
}
