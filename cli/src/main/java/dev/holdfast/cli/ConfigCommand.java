package dev.holdfast.cli;

import picocli.CommandLine.Command;

/** {@code holdfast config}: the configuration of a space, as a file or key by key. */
@Command(
    name = "config",
    description = {
      "Shows, checks and changes the limits of a space as a configuration file.",
      "In YAML, JSON or properties; the keys are the options of limits. Changes need no restart."
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
