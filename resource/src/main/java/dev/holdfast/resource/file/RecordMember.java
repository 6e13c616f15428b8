package dev.holdfast.resource.file;

import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/**
 * One component of a record: how it lies in memory, and how it is read and written there.
 *
 * @param layout named as the component
 * @param description its type, as the layout hash sees it
 * @param getter {@code (MemorySegment, long)T}
 * @param setter {@code (MemorySegment, long, T)void}
 */
record RecordMember(
    MemoryLayout layout, String description, MethodHandle getter, MethodHandle setter) {}
