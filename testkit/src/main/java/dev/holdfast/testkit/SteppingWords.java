package dev.holdfast.testkit;

import dev.holdfast.platform.Words;
import dev.holdfast.testkit.Step.Kind;

/** Words of a simulated process: every access is a step of it. */
final class SteppingWords implements Words {
  private final FakeProcess process;
  private volatile Words words;

  SteppingWords(FakeProcess process, Words words) {
    this.process = process;
    this.words = words;
  }

  /** From now on they are zeros that nobody shares. */
  void vacate() {
    words = new HeapWords((int) words.byteSize());
  }

  private void store(String operation, long offset) {
    process.step(Kind.STORE, operation + " at " + offset);
  }

  private void load(long offset) {
    process.step(Kind.LOAD, "get at " + offset);
  }

  @Override
  public long byteSize() {
    return words.byteSize();
  }

  @Override
  public long get(long offset) {
    load(offset);
    return words.get(offset);
  }

  @Override
  public void set(long offset, long value) {
    store("set", offset);
    words.set(offset, value);
  }

  /** A step of its own kind: a store when it would succeed, else only a look. */
  @Override
  public boolean compareAndSet(long offset, long expected, long update) {
    if (words.get(offset) == expected) {
      store("compareAndSet", offset);
    } else {
      load(offset);
    }
    return words.compareAndSet(offset, expected, update);
  }

  @Override
  public long or(long offset, long bits) {
    store("or", offset);
    return words.or(offset, bits);
  }

  @Override
  public long and(long offset, long mask) {
    store("and", offset);
    return words.and(offset, mask);
  }

  @Override
  public long add(long offset, long delta) {
    store("add", offset);
    return words.add(offset, delta);
  }

  @Override
  public long getPlain(long offset) {
    load(offset);
    return words.getPlain(offset);
  }

  @Override
  public void setPlain(long offset, long value) {
    store("setPlain", offset);
    words.setPlain(offset, value);
  }

  @Override
  public byte[] getBytes(long offset, int length) {
    load(offset);
    return words.getBytes(offset, length);
  }

  @Override
  public void setBytes(long offset, byte[] bytes) {
    store("setBytes", offset);
    words.setBytes(offset, bytes);
  }
}
