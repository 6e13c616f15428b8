package dev.holdfast.region;

/**
 * Who does something: the participant this process is.
 *
 * @param slot its place in the participant table
 * @param generation how often that place was used
 * @param pid its process
 */
record Actor(int slot, long generation, long pid) {
  long handle() {
    return Handle.of(slot, generation);
  }
}
