package dev.holdfast.observe;

import dev.holdfast.resource.file.MappedFile;
import dev.holdfast.resource.file.MappedFileTotals;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What this process does with mapped files, all of them together:
 *
 * <ul>
 *   <li>{@code holdfast.mapped.files.open}, {@code .bytes}: now
 *   <li>{@code holdfast.mapped.files.opened}, {@code .grown}, {@code .faults} (accesses that met
 *       missing memory), {@code .unmaps} (checkpoints that all threads passed): ever
 * </ul>
 */
public final class MappedFileMetrics implements MeterBinder {
  private static final String PREFIX = "holdfast.mapped.files.";

  // Strong: the meters hold it, and what they read is static.
  private static final Supplier<MappedFileTotals> TOTALS = MappedFile::totals;

  /** Observes the mapped files of this process. */
  public MappedFileMetrics() {}

  @Override
  public void bindTo(MeterRegistry meters) {
    gauge(meters, "open", "Mapped files open", MappedFileTotals::open);
    gauge(meters, "bytes", "Bytes of the mapped files open", MappedFileTotals::mappedBytes);
    counter(meters, "opened", "Mapped files opened", MappedFileTotals::opened);
    counter(meters, "grown", "Times that a mapped file was grown", MappedFileTotals::grown);
    counter(meters, "faults", "Accesses that met missing memory", MappedFileTotals::faults);
    counter(meters, "unmaps", "Checkpoints that let mappings go", MappedFileTotals::unmaps);
  }

  private static void gauge(
      MeterRegistry meters,
      String name,
      String description,
      ToDoubleFunction<MappedFileTotals> figure) {
    Gauge.builder(PREFIX + name, TOTALS, totals -> figure.applyAsDouble(totals.get()))
        .description(description)
        .register(meters);
  }

  private static void counter(
      MeterRegistry meters,
      String name,
      String description,
      ToDoubleFunction<MappedFileTotals> figure) {
    FunctionCounter.builder(PREFIX + name, TOTALS, totals -> figure.applyAsDouble(totals.get()))
        .description(description)
        .register(meters);
  }
}
