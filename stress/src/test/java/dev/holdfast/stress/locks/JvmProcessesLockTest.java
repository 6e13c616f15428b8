package dev.holdfast.stress.locks;

/** The contract between JVMs. */
class JvmProcessesLockTest extends LockContract {
  @Override
  Party start(LockWorld in, int index) {
    return in.java();
  }
}
