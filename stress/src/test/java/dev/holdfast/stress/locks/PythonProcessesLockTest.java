package dev.holdfast.stress.locks;

/** The contract between Python processes. */
class PythonProcessesLockTest extends LockContract {
  @Override
  Party start(LockWorld in, int index) {
    return in.python();
  }
}
