/**
 * Files as arrays of records, mapped into memory.
 *
 * <p>Describe what stands in the file by a record, open the file, and use it as an array:
 *
 * <pre>{@code
 * record Tick(long at, double price, int amount) {}
 *
 * RecordLayout<Tick> layout = RecordLayout.of(Tick.class);
 * MapOptions options = MapOptions.readWrite().schema(layout, 1).create(1_000_000 * layout.byteSize());
 * try (MappedFile file = MappedFile.open(Path.of("ticks"), options)) {
 *   MappedArray<Tick> ticks = file.array(layout);
 *   ticks.set(0, new Tick(1, 2.5, 3));
 *   Tick first = ticks.get(0);
 *   file.force();
 * }
 * }</pre>
 *
 * <p>{@link dev.holdfast.resource.file.RecordLayout} turns the components of a record into named
 * members at fixed offsets. A file with a schema starts with a header that says which layout it was
 * written with; opening it with another one is refused. A file that somebody cuts short while it is
 * mapped gives a {@link dev.holdfast.resource.file.MappedFileTruncatedException} at the access that
 * touched the missing part, and the JVM lives.
 */
@NullMarked
package dev.holdfast.resource.file;

import org.jspecify.annotations.NullMarked;
