/** The command line: {@code holdfast …}. */
module dev.holdfast.cli {
  requires dev.holdfast.region;
  requires dev.holdfast.resource;
  requires dev.holdfast.sync;
  requires dev.holdfast.worker;
  requires info.picocli;
  requires tools.jackson.databind;
  requires static org.jspecify;

  exports dev.holdfast.cli;

  opens dev.holdfast.cli to
      info.picocli;
}
