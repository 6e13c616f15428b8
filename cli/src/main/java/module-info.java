/** The command line: {@code holdfast …}. */
module dev.holdfast.cli {
  requires dev.holdfast.region;
  requires info.picocli;
  requires tools.jackson.databind;
  requires static org.jspecify;

  exports dev.holdfast.cli;

  opens dev.holdfast.cli to
      info.picocli;
}
