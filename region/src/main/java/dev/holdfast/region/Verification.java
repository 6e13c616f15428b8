package dev.holdfast.region;

import java.util.List;

/**
 * What a check of a space found.
 *
 * @param findings each damaged place; empty if the space is sound
 * @param regionsChecked how many regions were looked at
 * @param bytesChecked how many bytes of regions were compared with a checksum
 */
public record Verification(List<Finding> findings, int regionsChecked, long bytesChecked) {

  /** Copies the list. */
  public Verification {
    findings = List.copyOf(findings);
  }

  /** Whether nothing is damaged. */
  public boolean isSound() {
    return findings.isEmpty();
  }

  /** The kinds of damage. */
  public enum Damage {
    /** The header of the control segment. Mended from the space's descriptor. */
    HEADER,
    /** A limit. Mended by the default. */
    LIMITS,
    /** A sum over the table, or how far it reaches. Mended by counting. */
    SUMS,
    /** A participant's word. Mended by what the kernel says of it. */
    PARTICIPANT,
    /** A region's state word. Mended from its entry, or the region is given up. */
    STATE,
    /** A region's entry. Mended from its object under a new name, or the region is given up. */
    ENTRY,
    /** A word by which a region is found. Mended from its entry. */
    NAME,
    /** A hold of nobody. Mended by clearing it. */
    LEDGER,
    /** A region's object is gone or too short. The region is retired. */
    OBJECT,
    /** A region's bytes are not those its checksum was taken of. Not mended: restore them. */
    CONTENT
  }

  /**
   * One damaged place.
   *
   * @param damage what kind
   * @param where which word or region
   * @param detail what is wrong with it
   * @param repaired whether it was mended
   */
  public record Finding(Damage damage, String where, String detail, boolean repaired) {
    Finding mended() {
      return new Finding(damage, where, detail, true);
    }
  }
}
