/** Spaces, participants, regions and crash-proof holds. */
module dev.holdfast.region {
  requires transitive dev.holdfast.platform;
  requires static org.jspecify;

  exports dev.holdfast.region;
}
