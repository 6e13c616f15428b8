package dev.holdfast.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.stress.ModelChecker.Search;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every state of the protocol models is searched; every seeded defect must be found, or a model
 * that cannot fail would prove nothing. The figures stand in {@code stress/models/README.md}.
 */
@Execution(ExecutionMode.CONCURRENT)
class ModelsTest {

  private static final Path MODULE = Path.of(System.getProperty("holdfast.root", ".."), "stress");
  private static final ModelChecker CHECKER =
      new ModelChecker(MODULE.resolve("models"), MODULE.resolve("target/models"));

  @BeforeAll
  static void needsTools() {
    List<String> missing = ModelChecker.missingTools();
    String message = "MODELS NOT CHECKED: install " + missing + " to check stress/models";
    if (!missing.isEmpty()) {
      System.err.println(message);
    }
    if (System.getenv("CI") != null) {
      assertThat(missing).as(message).isEmpty();
    }
    assumeTrue(missing.isEmpty(), message);
  }

  @ParameterizedTest
  @CsvSource({
    "ledger.pml,  SAFETY,   -DCRASHES=0 -DROUNDS=2 -DPROMPT",
    "ledger.pml,  SAFETY,   -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  PROGRESS, -DCRASHES=1",
    "catalog.pml, SAFETY,   -DCRASHES=2 -DROUNDS=2",
    "catalog.pml, PROGRESS, -DCRASHES=1",
    "space.pml,   SAFETY,   -DCRASHES=2 -DROUNDS=2",
    "space.pml,   SAFETY,   -DN=3 -DCRASHES=1 -DROUNDS=1",
    "space.pml,   PROGRESS, -DCRASHES=1",
    "mutex.pml,   SAFETY,   -DROUNDS=2 -DTIMEOUTS",
    "mutex.pml,   SAFETY,   -DCAPPED -DCRASHES=1 -DLIVES=2 -DTIMEOUTS",
    "mutex.pml,   PROGRESS, -DCAPPED -DCRASHES=1 -DTIMEOUTS",
    "rwlock.pml,  SAFETY,   -DTIMEOUTS -DDOWNGRADES",
    "rwlock.pml,  SAFETY,   -DTIMEOUTS -DDOWNGRADES -DINHERITED",
    "rwlock.pml,  SAFETY,   -DCAPPED -DCRASHES=1 -DLIVES=2 -DTIMEOUTS -DA=3 -DB=2",
    "rwlock.pml,  SAFETY,   -DBIASED -DA=1 -DB=2 -DROUNDS=2",
    "rwlock.pml,  SAFETY,   -DN=3 -DSHARED -DA=1 -DB=1 -DC=2",
    "rwlock.pml,  PROGRESS, -DCAPPED -DCRASHES=1 -DA=3 -DB=2",
    "semaphore.pml, SAFETY, -DPERMITS=1 -DC=1",
    "semaphore.pml, SAFETY, -DN=2 -DB=2 -DKEPT",
    "semaphore.pml, SAFETY, -DN=2 -DB=2 -DROUNDS=2 -DTIMEOUTS",
    "semaphore.pml, SAFETY, -DN=2 -DB=2 -DCAPPED -DCRASHES=1 -DTIMEOUTS",
    "semaphore.pml, PROGRESS, -DN=2 -DB=2 -DCAPPED -DCRASHES=1",
    "condition.pml, SAFETY, -DTAKERS=3 -DITEMS=2 -DTIMEOUTS",
    "condition.pml, SAFETY, -DCRASHES=1 -DTIMEOUTS",
    "deadlock.pml, SAFETY,  -DTIMEOUTS",
    "deadlock.pml, SAFETY,  -DLOOKER",
    "deadlock.pml, PROGRESS, -DROUNDS=1",
  })
  void check_everyInterleavingAndCrash_holds(String model, Search search, String options) {
    assertHolds(model, search, options);
  }

  @ParameterizedTest
  @EnabledIfSystemProperty(named = "holdfast.long", matches = "true")
  @CsvSource({
    "ledger.pml,  SAFETY,   -DN=3 -DCRASHES=0 -DGENS=1 -DPROMPT",
    "catalog.pml, SAFETY,   -DN=3 -DCRASHES=2",
    "space.pml,   SAFETY,   -DN=3 -DCRASHES=2 -DROUNDS=1",
    "mutex.pml,   SAFETY,   -DCAPPED -DCRASHES=2 -DLIVES=2 -DTIMEOUTS",
    "mutex.pml,   SAFETY,   -DN=3 -DTIMEOUTS",
    "mutex.pml,   SAFETY,   -DN=3 -DCAPPED -DCRASHES=1",
    "rwlock.pml,  SAFETY,   -DN=3 -DA=1 -DB=2 -DC=2",
    "rwlock.pml,  SAFETY,   -DN=3",
    "rwlock.pml,  SAFETY,   -DN=3 -DSHARED -DA=1 -DB=3 -DC=2",
    "rwlock.pml,  SAFETY,   -DN=3 -DSHARED -DA=1 -DB=1 -DC=2 -DROUNDS=2",
    "rwlock.pml,  SAFETY,   -DTIMEOUTS -DDOWNGRADES -DROUNDS=2",
    "rwlock.pml,  SAFETY,   -DCAPPED -DCRASHES=1 -DLIVES=2 -DTIMEOUTS",
    "rwlock.pml,  SAFETY,   -DCAPPED -DCRASHES=2 -DLIVES=2 -DA=3 -DB=2",
    "rwlock.pml,  SAFETY,   -DBIASED -DA=3 -DB=3 -DROUNDS=2",
    "rwlock.pml,  SAFETY,   -DBIASED -DA=1 -DB=2 -DROUNDS=2 -DCAPPED -DCRASHES=1",
    "semaphore.pml, SAFETY, -DA=1 -DB=1 -DC=2",
    "semaphore.pml, SAFETY, -DA=2 -DB=1 -DC=1",
    "condition.pml, SAFETY, -DCRASHES=2",
    "deadlock.pml, SAFETY,  -DROUNDS=2 -DTIMEOUTS",
  })
  void check_moreParticipantsAndCrashes_holds(String model, Search search, String options) {
    assertHolds(model, search, options);
  }

  @ParameterizedTest
  @CsvSource({
    "ledger.pml,  1, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  2, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  3, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  4, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  5, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  6, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  7, -DCRASHES=2 -DLIVES=2",
    "ledger.pml,  8, -DCRASHES=0 -DROUNDS=2 -DPROMPT",
    "ledger.pml,  9, -DCRASHES=0 -DROUNDS=2 -DPROMPT",
    "ledger.pml,  10, -DCRASHES=0 -DROUNDS=2 -DPROMPT",
    "catalog.pml, 1, -DCRASHES=1",
    "catalog.pml, 2, -DCRASHES=1",
    "catalog.pml, 3, -DCRASHES=1",
    "space.pml,   1, -DCRASHES=1",
    "space.pml,   2, -DCRASHES=1",
    "space.pml,   3, -DCRASHES=1",
    "mutex.pml,   1, -DN=3 -DTIMEOUTS",
    "mutex.pml,   2, -DCAPPED -DCRASHES=1 -DLIVES=2",
    "mutex.pml,   3, -DN=3",
    "mutex.pml,   4, -DN=3 -DTIMEOUTS",
    "mutex.pml,   5, -DROUNDS=2",
    "mutex.pml,   6, -DROUNDS=2 -DTIMEOUTS",
    "mutex.pml,   7, -DCAPPED -DCRASHES=1",
    "mutex.pml,   8, -DCAPPED -DCRASHES=2 -DLIVES=2",
    "mutex.pml,   9, -DCAPPED -DCRASHES=1 -DLIVES=2",
    "rwlock.pml,  1, -DN=3 -DA=1 -DB=2 -DC=2",
    "rwlock.pml,  2, -DROUNDS=2 -DA=1 -DB=2",
    "rwlock.pml,  3, -DN=3 -DA=1 -DB=1 -DC=2",
    "rwlock.pml,  4, -DDOWNGRADES",
    "rwlock.pml,  5, -DINHERITED",
    "rwlock.pml,  6, -DN=3 -DA=1 -DB=2 -DC=2",
    "rwlock.pml,  7, -DN=3 -DA=1 -DB=2 -DC=2",
    "rwlock.pml,  8, -DN=3 -DA=1 -DB=2 -DC=2",
    "rwlock.pml,  9, -DBIASED -DA=1 -DB=2 -DROUNDS=2",
    "rwlock.pml,  10, -DCAPPED -DCRASHES=1 -DLIVES=2 -DA=4 -DB=1",
    "rwlock.pml,  11, -DROUNDS=2 -DA=1 -DB=2",
    "rwlock.pml,  12, -DN=3 -DSHARED -DA=1 -DB=1 -DC=2",
    "semaphore.pml, 1, -DN=2 -DB=2 -DKEPT",
    "semaphore.pml, 2, -DN=2 -DB=2 -DKEPT",
    "semaphore.pml, 3, -DPERMITS=1 -DC=1",
    "semaphore.pml, 4, -DPERMITS=1 -DC=1",
    "semaphore.pml, 5, -DPERMITS=1 -DC=1",
    "condition.pml, 1, -DTIMEOUTS",
    "condition.pml, 2, -DTIMEOUTS",
    "condition.pml, 3, -DTIMEOUTS",
    "condition.pml, 4, -DCRASHES=1",
    "condition.pml, 5, -DCRASHES=1",
    "deadlock.pml, 1, -DROUNDS=2",
    "deadlock.pml, 2, -DLOOKER",
    "deadlock.pml, 3, -DROUNDS=2",
  })
  void check_oneNecessaryStepRemoved_isFound(String model, int defect, String options) {
    String printed =
        CHECKER.check(model, Search.COUNTEREXAMPLE, definitions(options + " -DDEFECT=" + defect));

    assertThat(printed)
        .containsPattern("errors: [1-9]")
        .containsPattern("pan:1: (assertion violated|invalid end state)");
  }

  private static void assertHolds(String model, Search search, String options) {
    String printed = CHECKER.check(model, search, definitions(options));

    assertThat(printed)
        .contains("errors: 0")
        .doesNotContain("Search not completed")
        .doesNotContain("max search depth too small")
        .doesNotContain("out of memory")
        .doesNotContain("memory limit");
  }

  private static List<String> definitions(String options) {
    return List.of(options.strip().split(" +", -1));
  }
}
