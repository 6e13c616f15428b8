package dev.holdfast.resource.file;

/** What a mapping allows, and who sees what is written through it. */
public enum MapMode {
  /** Reading only; a write is refused by Java and by the page tables. */
  READ_ONLY,
  /** Reading and writing; every process that maps the file sees what is written. */
  READ_WRITE,
  /**
   * Reading and writing a copy of one's own: pages are copied when first written, the file stays.
   */
  PRIVATE
}
