package dev.holdfast.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast completion}: a script that lets the shell complete commands and options. */
@Command(
    name = "completion",
    description = "Prints a script that lets the shell complete commands and options.",
    footerHeading = "%nExample:%n",
    footer = {
      "  source <(holdfast completion bash)   # in ~/.bashrc",
      "  source <(holdfast completion zsh)    # in ~/.zshrc, behind compinit"
    })
final class CompletionCommand extends SpaceCommand {
  /** The shells that can be served. */
  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell = Shell.BASH;

  @Override
  public Integer call() {
    if (shell == Shell.ZSH) {
      print("autoload -U +X bashcompinit && bashcompinit");
    }
    print(AutoComplete.bash("holdfast", command.root().commandLine()));
    return ExitCode.DONE;
  }
}
