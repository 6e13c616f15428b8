/** Worker processes, and calls that carry regions to them instead of data. */
module dev.holdfast.worker {
  requires transitive dev.holdfast.region;
  requires tools.jackson.databind;
  requires static org.jspecify;

  exports dev.holdfast.worker;
}
