package dev.holdfast.cli;

import picocli.CommandLine.Command;

/** {@code holdfast config}: the configuration of a space, as a file or key by key. */
@Command(
    name = "config",
    description = {
      "The configuration of a space: its limits and its sweep interval, as limits shows them,",
      "with the keys of a file in YAML, JSON or properties. Changes need no restart."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ConfigShowCommand.class,
      ConfigSetCommand.class,
      ConfigValidateCommand.class,
      ConfigApplyCommand.class
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  holdfast config show > space.yaml",
      "  holdfast config validate space.yaml && holdfast config apply space.yaml"
    })
final class ConfigCommand {}
