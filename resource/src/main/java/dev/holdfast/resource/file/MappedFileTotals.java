package dev.holdfast.resource.file;

/**
 * What this process does with mapped files, all of them together.
 *
 * @param open files open now
 * @param mappedBytes bytes of the files open now
 * @param opened files ever opened
 * @param grown times that a file was grown
 * @param faults accesses that met missing memory
 * @param unmaps checkpoints that all threads passed so that mappings could go
 */
public record MappedFileTotals(
    long open, long mappedBytes, long opened, long grown, long faults, long unmaps) {}
