package dev.holdfast.stress;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.holdfast.cli.Holdfast;
import dev.holdfast.observe.PoolMetrics;
import dev.holdfast.platform.Platform;
import dev.holdfast.platform.Words;
import dev.holdfast.region.Space;
import dev.holdfast.resource.file.RecordLayout;
import dev.holdfast.resource.pool.ObjectPool;
import dev.holdfast.sync.Locks;
import dev.holdfast.testkit.FakeKernel;
import dev.holdfast.worker.WorkerPool;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What ARCHITECTURE.md says of layers, layouts and the public surface, held against the code. */
class ArchitectureTest {
  private static final String ROOT = "dev.holdfast.";
  private static final JavaClasses PRODUCTION =
      importModules(
          Platform.class,
          Space.class,
          Locks.class,
          WorkerPool.class,
          ObjectPool.class,
          PoolMetrics.class,
          Holdfast.class);
  private static final JavaClasses ALL =
      importModules(
          Platform.class,
          Space.class,
          Locks.class,
          WorkerPool.class,
          ObjectPool.class,
          PoolMetrics.class,
          Holdfast.class,
          FakeKernel.class);

  /** What a user of the platform module may name. A new public type is a decision: add it here. */
  private static final Set<String> PLATFORM_TYPES =
      Set.of(
          "Capabilities",
          "Descriptor",
          "Errno",
          "FileStatus",
          "FileSystemStatus",
          "Platform",
          "ProcessIdentity",
          "SystemCallException",
          "Words");

  /** What a user of the region module may name. */
  private static final Set<String> REGION_TYPES =
      Set.of(
          "BusyException",
          "CorruptedException",
          "HeldRegion",
          "HoldfastException",
          "Layer",
          "LayoutMismatchException",
          "LeakDetection",
          "Leftover",
          "LimitExceededException",
          "Limits",
          "Membership",
          "NameTakenException",
          "OutOfSharedMemoryException",
          "OwnerDeath",
          "ParticipantInfo",
          "Region",
          "RegionId",
          "RegionInfo",
          "RegionNotFoundException",
          "RegionPolicy",
          "RegionSpec",
          "Space",
          "SpaceEvent",
          "SpaceNotFoundException",
          "SpaceRefusedException",
          "SpaceSpec",
          "Subscription",
          "SweepReport",
          "Usage",
          "Verification");

  /** What a user of the worker module may name. */
  private static final Set<String> WORKER_TYPES =
      Set.of(
          "DataType",
          "NdArray",
          "PythonInterpreter",
          "PythonNotFoundException",
          "PythonWorkers",
          "Result",
          "Call",
          "WorkerDiedException",
          "WorkerException",
          "WorkerFailedException",
          "WorkerPool",
          "WorkerTimeoutException");

  /** What a user of the sync module may name. */
  private static final Set<String> SYNC_TYPES =
      Set.of(
          "DeadlockException",
          "Hold",
          "LockInfo",
          "LockKind",
          "LockNotFoundException",
          "LockOrder",
          "LockOrderException",
          "LockSizes",
          "LockStatistics",
          "LockTimeoutException",
          "LockTransaction",
          "LockUser",
          "Locks",
          "LocksClosedException",
          "Mutex",
          "NotRecoverableException",
          "OwnerDiedException",
          "PlaceTakenException",
          "PlacedLockInfo",
          "PlacedLocks",
          "PotentialDeadlock",
          "Priority",
          "ReadHold",
          "ReadWriteLock",
          "Semaphore",
          "TransactionDiedException",
          "TransactionPolicy",
          "UndoRecord",
          "WriteHold",
          "WrongLockKindException");

  /** What a user of guards may name. */
  private static final Set<String> GUARD_TYPES =
      Set.of(
          "CleanupAction",
          "CleanupOutcome",
          "CleanupPolicy",
          "CleanupPriority",
          "CleanupReport",
          "DeadLetter",
          "GuardState",
          "LeakDetection",
          "LeakReport",
          "RegistrySnapshot",
          "RegistrySpec",
          "ResourceGuard",
          "ResourceInfo",
          "ResourceRegistry");

  /** What a user of shared data may name. */
  private static final Set<String> DATA_TYPES =
      Set.of(
          "Delivery",
          "Lease",
          "MutableSharedData",
          "MutableSharedDataStats",
          "ReadGuard",
          "SharedData",
          "SharedDataStats",
          "Snapshot",
          "WriteGuard");

  /** What a user of the pool may name. */
  private static final Set<String> POOL_TYPES =
      Set.of(
          "AcquireTimeoutException",
          "ConnectionManager",
          "Connections",
          "Loan",
          "ObjectPool",
          "PoolClosedException",
          "PoolCount",
          "PoolException",
          "PoolFullException",
          "PoolSnapshot",
          "PoolSpec",
          "PoolUnavailableException",
          "Pooled",
          "ShutdownReport",
          "WaitHistogram");

  /** What a user of the cache may name. */
  private static final Set<String> CACHE_TYPES =
      Set.of(
          "BulkLoader",
          "Cache",
          "CacheBuilder",
          "CacheLoadException",
          "CacheLoader",
          "CacheStats",
          "EvictionPolicies",
          "EvictionPolicy",
          "PolicyNode",
          "PolicyQueue",
          "RemovalCause",
          "RemovalListener",
          "TimeToLive",
          "WarmReport",
          "Weigher");

  /** What a user of the cache between processes may name. */
  private static final Set<String> SHARED_CACHE_TYPES =
      Set.of(
          "CacheCodec",
          "EntryHandle",
          "SharedCache",
          "SharedCacheException",
          "SharedCacheSpec",
          "SharedCacheStats",
          "SharedCacheUsage");

  /** What a user of mapped files may name. */
  private static final Set<String> FILE_TYPES =
      Set.of(
          "MapMode",
          "MapOptions",
          "MappedArray",
          "MappedFaultException",
          "MappedFile",
          "MappedFileCorruptedException",
          "MappedFileGroup",
          "MappedRecords",
          "MappedFileTotals",
          "MappedFileTruncatedException",
          "MaxBytes",
          "RecordLayout",
          "SchemaMismatchException");

  /** What a user of configuration may name. */
  private static final Set<String> CONFIG_TYPES =
      Set.of(
          "ByteSize",
          "ConfigChange",
          "ConfigDifference",
          "ConfigEntry",
          "ConfigException",
          "ConfigFormat",
          "ConfigHealth",
          "ConfigProblem",
          "ConfigProblems",
          "ConfigSnapshot",
          "ConfigSource",
          "ConfigStatistics",
          "ConfigSubscriber",
          "ConfigValidator",
          "ConfigVetoException",
          "ReloadOutcome",
          "ReloadableConfig",
          "Rollout",
          "RolloutProgress",
          "Secret",
          "SpaceConfig");

  /** What a user of the observe module may name. */
  private static final Set<String> OBSERVE_TYPES =
      Set.of(
          "CacheMetrics",
          "ConfigMetrics",
          "GuardMetrics",
          "MappedFileMetrics",
          "PoolMetrics",
          "SharedCacheMetrics",
          "SharedDataMetrics");

  /** Offsets and bit fields, nothing else. A record's layout in a file is made by its user. */
  private static final DescribedPredicate<JavaClass> IS_LAYOUT =
      DescribedPredicate.describe(
          "are layouts",
          type ->
              type.getSimpleName().endsWith("Layout") && !type.isEquivalentTo(RecordLayout.class));

  private static JavaClasses importModules(Class<?>... oneOfEach) {
    return new ClassFileImporter()
        .withImportOption(new ImportOption.DoNotIncludeTests())
        .importUrls(
            Arrays.stream(oneOfEach)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                .toList());
  }

  @Test
  void modules_allOfThem_areLookedAt() {
    Set<String> packages = ALL.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());

    assertThat(packages)
        .containsExactlyInAnyOrder(
            ROOT + "platform",
            ROOT + "region",
            ROOT + "sync",
            ROOT + "worker",
            ROOT + "resource.guard",
            ROOT + "resource.data",
            ROOT + "resource.pool",
            ROOT + "resource.cache",
            ROOT + "resource.cache.shared",
            ROOT + "resource.file",
            ROOT + "resource.config",
            ROOT + "observe",
            ROOT + "cli",
            ROOT + "testkit");
  }

  @Test
  void layers_everyDependency_pointsDown() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("platform")
        .definedBy(ROOT + "platform..")
        .layer("region")
        .definedBy(ROOT + "region..")
        .layer("sync")
        .definedBy(ROOT + "sync..")
        .layer("worker")
        .definedBy(ROOT + "worker..")
        .layer("resource")
        .definedBy(ROOT + "resource..")
        .layer("observe")
        .definedBy(ROOT + "observe..")
        .layer("cli")
        .definedBy(ROOT + "cli..")
        .layer("testkit")
        .definedBy(ROOT + "testkit..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("testkit")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("observe")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("worker")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("sync")
        .mayOnlyBeAccessedByLayers("worker", "cli")
        .whereLayer("resource")
        .mayOnlyBeAccessedByLayers("observe", "cli")
        .whereLayer("region")
        .mayOnlyBeAccessedByLayers("sync", "worker", "resource", "observe", "cli")
        .check(ALL);
  }

  @Test
  void testkit_dependsOn_platformOnly() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "testkit..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            ROOT + "region..",
            ROOT + "sync..",
            ROOT + "worker..",
            ROOT + "resource..",
            ROOT + "observe..",
            ROOT + "cli..")
        .check(ALL);
  }

  @Test
  void packages_amongEachOther_haveNoCycle() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(ALL);
  }

  @Test
  void nativeCalls_outsidePlatform_thereAreNone() {
    nativeAccessOnlyIn(ROOT + "platform..").check(ALL);
  }

  @Test
  void nativeCalls_whereTheyAre_areFound() {
    assertThatThrownBy(() -> nativeAccessOnlyIn(ROOT + "nowhere..").check(ALL))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("dev.holdfast.platform.LibC");
  }

  private static ArchRule nativeAccessOnlyIn(String where) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(where)
        .and()
        .resideOutsideOfPackage(ROOT + "testkit..") // its kernel maps without a system
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(SymbolLookup.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(AddressLayout.class)
        .orShould()
        .callMethod(MemorySegment.class, "reinterpret", long.class)
        .orShould()
        .callMethod(
            MemorySegment.class,
            "reinterpret",
            long.class,
            Arena.class,
            java.util.function.Consumer.class)
        .orShould()
        .callMethod(System.class, "load", String.class)
        .orShould()
        .callMethod(System.class, "loadLibrary", String.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("sun.misc.Unsafe");
  }

  @Test
  void nativeMethods_anywhere_thereAreNone() {
    methods().should().notHaveModifier(JavaModifier.NATIVE).check(ALL);
  }

  @Test
  void layouts_everyField_isAConstant() {
    fields()
        .that()
        .areDeclaredInClassesThat(IS_LAYOUT)
        .should()
        .beStatic()
        .andShould()
        .beFinal()
        .check(PRODUCTION);
    methods().that().areDeclaredInClassesThat(IS_LAYOUT).should().beStatic().check(PRODUCTION);
  }

  @Test
  void layouts_dependencies_areNoBehaviour() {
    noClasses()
        .that(IS_LAYOUT)
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Words.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Platform.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(MemorySegment.class)
        .check(PRODUCTION);
    classes().that(IS_LAYOUT).should().haveModifier(JavaModifier.FINAL).check(PRODUCTION);
  }

  @Test
  void publicTypes_ofTheLibraries_areListed() {
    assertThat(publicTypes("platform")).isEqualTo(new TreeSet<>(PLATFORM_TYPES));
    assertThat(publicTypes("region")).isEqualTo(new TreeSet<>(REGION_TYPES));
    assertThat(publicTypes("sync")).isEqualTo(new TreeSet<>(SYNC_TYPES));
    assertThat(publicTypes("worker")).isEqualTo(new TreeSet<>(WORKER_TYPES));
    assertThat(publicTypes("resource.guard")).isEqualTo(new TreeSet<>(GUARD_TYPES));
    assertThat(publicTypes("resource.data")).isEqualTo(new TreeSet<>(DATA_TYPES));
    assertThat(publicTypes("resource.pool")).isEqualTo(new TreeSet<>(POOL_TYPES));
    assertThat(publicTypes("resource.cache")).isEqualTo(new TreeSet<>(CACHE_TYPES));
    assertThat(publicTypes("resource.cache.shared")).isEqualTo(new TreeSet<>(SHARED_CACHE_TYPES));
    assertThat(publicTypes("resource.file")).isEqualTo(new TreeSet<>(FILE_TYPES));
    assertThat(publicTypes("resource.config")).isEqualTo(new TreeSet<>(CONFIG_TYPES));
    assertThat(publicTypes("observe")).isEqualTo(new TreeSet<>(OBSERVE_TYPES));
  }

  private static Set<String> publicTypes(String module) {
    return PRODUCTION.stream()
        .filter(type -> type.getPackageName().equals(ROOT + module))
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .filter(JavaClass::isTopLevelClass)
        .map(JavaClass::getSimpleName)
        .filter(name -> !name.equals("package-info") && !name.equals("module-info"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void libraries_outputAndLogging_areTheCallersAndTheSystemLogger() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(PRODUCTION);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(loggers().toArray(String[]::new))
        .check(PRODUCTION);
  }

  private static List<String> loggers() {
    return Stream.of("java.util.logging", "org.slf4j", "org.apache.logging", "ch.qos.logback")
        .map(name -> name + "..")
        .toList();
  }
}
