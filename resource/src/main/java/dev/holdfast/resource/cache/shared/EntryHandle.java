package dev.holdfast.resource.cache.shared;

/**
 * Names one entry of a shared cache, and no later one: slot and generation. Its number can be given
 * to another process, which reads the same entry by it or is told that it is gone.
 *
 * @param value {@code generation << 32 | slot + 1}
 */
public record EntryHandle(long value) {}
