package dev.holdfast.cli;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The version that was built, and what it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "holdfast " + built(),
      "Java " + Runtime.version(),
      "%s %s, %s"
          .formatted(
              System.getProperty("os.name"),
              System.getProperty("os.version"),
              System.getProperty("os.arch"))
    };
  }

  /** The compiler writes it into the module; run from class files there is none. */
  private static String built() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(unversioned classes)");
  }
}
