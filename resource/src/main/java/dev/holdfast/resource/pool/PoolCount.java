package dev.holdfast.resource.pool;

/** What a pool counts since it was opened; {@link PoolSnapshot#count} has the figures. */
public enum PoolCount {
  /** Objects lent. */
  LENT,
  /** Borrowers that waited in vain. */
  TIMED_OUT,
  /** Borrowers refused because too many were waiting. */
  REFUSED,
  /** Borrowers failed at once because the breaker was open. */
  FAILED_FAST,
  /** Borrowers that gave up: interrupted, or their future cancelled. */
  GAVE_UP,
  /** Objects created. */
  CREATED,
  /** Creations that failed or took too long. */
  CREATE_FAILED,
  /** Objects that came after their creation was given up; they were destroyed. */
  CREATED_LATE,
  /** Times the breaker opened. */
  BREAKER_OPENED,
  /** Objects destroyed because validation said no, failed or took too long. */
  UNFIT,
  /** Objects destroyed because recycling failed or took too long. */
  RECYCLE_FAILED,
  /** Objects destroyed because a borrower said they are broken. */
  INVALIDATED,
  /** Objects destroyed at the end of their life time. */
  EXPIRED,
  /** Objects destroyed because they lay idle for too long. */
  IDLED_OUT,
  /** Objects destroyed because the pool was made smaller. */
  SURPLUS,
  /** Objects destroyed because the manager was replaced. */
  REPLACED,
  /** Objects destroyed because the pool was shut down. */
  SHUT_DOWN,
  /** Objects taken from their borrowers at the end of a shutdown's grace. */
  FORCED,
  /** Objects destroyed because their guard was garbage-collected unclosed. */
  LOST,
  /** Objects whose destruction threw. */
  DESTROY_FAILED,
  /** Objects whose destruction took too long and is no longer waited for. */
  DESTROY_ABANDONED,
  /** Guards closed more than once. */
  DOUBLE_RELEASE,
  /** Loans reported because they lasted too long. */
  OVERDUE
}
