/** Locks between processes that survive their holders. */
module dev.holdfast.sync {
  requires transitive dev.holdfast.region;
  requires static org.jspecify;

  exports dev.holdfast.sync;
}
