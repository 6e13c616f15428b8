package dev.holdfast.resource.cache.shared;

import java.util.Arrays;

/** An entry on its way in: the slot and the blocks it has so far, and where to look for more. */
final class Filling {
  private final int[] blocks;
  private int[] offered = new int[0];
  private int offeredUsed;
  private int claimed;
  private int slot = -1;
  private long generation;

  /**
   * @param blocks how many it needs
   */
  Filling(int blocks) {
    this.blocks = new int[blocks];
  }

  void slot(int slot, long generation) {
    this.slot = slot;
    this.generation = generation;
  }

  boolean hasSlot() {
    return slot >= 0;
  }

  int slot() {
    return slot;
  }

  long generation() {
    return generation;
  }

  boolean isComplete() {
    return claimed == blocks.length;
  }

  void add(int block) {
    blocks[claimed++] = block;
  }

  /** In the order in which they lie in memory, so that neighbours are read at once. */
  int[] chain() {
    Arrays.sort(blocks);
    return blocks;
  }

  /** Blocks that were just freed: likely to be free still. */
  void offer(int[] freed) {
    offered = freed;
    offeredUsed = 0;
  }

  boolean hasOffer() {
    return offeredUsed < offered.length;
  }

  int takeOffer() {
    return offered[offeredUsed++];
  }
}
