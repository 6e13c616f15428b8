package dev.holdfast.cli;

import dev.holdfast.region.RegionPolicy;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The policies as the command line names them. */
enum PolicyName {
  MANUAL,
  AUTOMATIC,
  REFERENCE_COUNTED;

  static PolicyName of(RegionPolicy policy) {
    return switch (policy) {
      case RegionPolicy.Manual _ -> MANUAL;
      case RegionPolicy.Automatic _ -> AUTOMATIC;
      case RegionPolicy.ReferenceCounted _ -> REFERENCE_COUNTED;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Reads a name. */
  static final class Converter implements ITypeConverter<PolicyName> {
    @Override
    public PolicyName convert(String text) {
      return Arrays.stream(values())
          .filter(policy -> policy.toString().equals(text))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "no such policy: policy=%s; one of %s"
                      .formatted(text, Arrays.toString(values()))));
    }
  }

  /** The names, for help and completion. */
  static final class Candidates implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(values()).map(PolicyName::toString).iterator();
    }
  }
}
