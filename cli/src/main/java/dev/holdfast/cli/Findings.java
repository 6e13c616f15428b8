package dev.holdfast.cli;

import dev.holdfast.region.Verification;
import dev.holdfast.region.Verification.Finding;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the result of a check looks. */
final class Findings {
  private Findings() {}

  /** One line a finding, {@code what} in front. */
  static List<String> lines(Verification found, String what) {
    return found.findings().stream()
        .map(finding ->
            "%s %s: %s: %s"
                .formatted(
                    what, Show.constant(finding.damage()), finding.where(), finding.detail()))
        .toList();
  }

  static Map<String, @Nullable Object> toJson(String space, Verification found) {
    return Json.object(
        "space", space,
        "sound", found.isSound(),
        "findings", found.findings().stream().map(Findings::toJson).toList(),
        "regionsChecked", found.regionsChecked(),
        "bytesChecked", found.bytesChecked());
  }

  static Map<String, @Nullable Object> toJson(Finding finding) {
    return Json.object(
        "damage", Show.constant(finding.damage()),
        "where", finding.where(),
        "detail", finding.detail(),
        "repaired", finding.repaired());
  }
}
