/** What tests of crash-safe code need: simulated and real processes to kill, faults, contracts. */
module dev.holdfast.testkit {
  requires transitive dev.holdfast.platform;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires static org.jspecify;

  exports dev.holdfast.testkit;
}
