package dev.holdfast.resource.file;

/** A record with padding inside. */
public record Tick(int amount, long at, double price, byte kind) {
  static final RecordLayout<Tick> LAYOUT = RecordLayout.of(Tick.class);

  static Tick of(long n) {
    return new Tick((int) n, n * 3, n / 7.0, (byte) n);
  }
}
