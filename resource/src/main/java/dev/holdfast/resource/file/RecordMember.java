package dev.holdfast.resource.file;

import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

/**
 * One component of a record: how it lies in memory, and how it is read and written there.
 *
 * @param layout named as the component
 * @param description its type, as the layout hash sees it
 * @param getter {@code (MemorySegment, long)T}
 * @param taker {@code (T)P}: what is written for a value, or an exception if it cannot be
 * @param setter {@code (MemorySegment, long, P)void}
 */
record RecordMember(
    MemoryLayout layout,
    String description,
    MethodHandle getter,
    MethodHandle taker,
    MethodHandle setter) {}
