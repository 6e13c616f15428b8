package dev.holdfast.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SpinBudgetTest {
  private final SpinBudget budget = new SpinBudget();

  @BeforeEach
  void requireProcessors() {
    assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
  }

  /** One try for a lock that is released after so many looks; whether spinning was enough. */
  private boolean tryFor(int looksNeeded) {
    if (looksNeeded < budget.looks()) {
      budget.succeeded(looksNeeded);
      return true;
    }
    budget.failed();
    return false;
  }

  @Test
  void failed_always_ofSeventeenTriesOneIsLong() {
    for (int i = 0; i < 1_000; i++) {
      tryFor(1_000_000);
    }
    int looks = 0;
    for (int i = 0; i < 17; i++) {
      looks += budget.looks();
      tryFor(1_000_000);
    }
    assertThat(looks).isBetween(500, 17 * 70);
  }

  @Test
  void succeeded_afterALongTimeOfFailures_spinningIsTakenUpAgain() {
    for (int i = 0; i < 1_000; i++) {
      tryFor(1_000_000);
    }
    int successes = 0;
    for (int i = 0; i < 100; i++) {
      successes += tryFor(300) ? 1 : 0;
    }
    assertThat(successes).isGreaterThan(80);
  }

  @Test
  void looks_locksHeldLonger_followsUpToItsLimit() {
    for (int needed = 10; needed < 1_900; needed += 10) {
      assertThat(tryFor(needed)).isTrue();
    }
    for (int i = 0; i < 100; i++) {
      tryFor(1_999);
    }
    assertThat(budget.looks()).isEqualTo(2_000);
  }
}
