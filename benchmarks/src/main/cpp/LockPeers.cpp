// What do locks between processes cost in C and C++, without a JVM? Peers of LockBenchmark and LockHandOver.
//   LockPeers free       takes and releases what nobody else wants; flock(1) beside a program that does nothing
//   LockPeers handover   passes it between two processes, strictly in turn, as LockHandOver does
// with --quick, --json.
#include <boost/interprocess/sync/named_mutex.hpp>
#include <boost/version.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <vector>

namespace ipc = boost::interprocess;

static void require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

static long now() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  asm volatile("yield");
#endif
}

// ---- what is passed on -------------------------------------------------------------------------------

struct Shared {  // between the two processes, each word on a line of its own
  alignas(128) std::atomic<int> futex_word{0};
  alignas(128) std::atomic<long> spin_word{0};
  alignas(128) pthread_mutex_t robust;
  alignas(128) pthread_mutex_t guard;
  pthread_cond_t turned;
  int turn = 0;
  alignas(128) sem_t semaphore;
  alignas(128) std::atomic<long> ready{0};
  alignas(128) std::atomic<long> taken{0};
  alignas(128) long stamp = 0;
  alignas(128) long samples[2][400];
};

static void make_robust(pthread_mutex_t* mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  require(pthread_mutex_init(mutex, &attributes) == 0, "pthread_mutex_init");
}

static Shared* make_shared() {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "mmap");
  Shared* shared = new (memory) Shared;
  make_robust(&shared->robust);
  make_robust(&shared->guard);
  pthread_condattr_t condition;
  pthread_condattr_init(&condition);
  pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  require(pthread_cond_init(&shared->turned, &condition) == 0, "pthread_cond_init");
  require(sem_init(&shared->semaphore, 1, 1) == 0, "sem_init");
  return shared;
}

struct Baton {
  const char* name;
  bool sleeps;
  bool is_lock;  // not only a turn: taken at the beginning, given back at the end
  std::function<void(int)> take, give;  // told which of the two calls
};

static std::string boost_name = "bench-locks-" + std::to_string(getpid());

static int lock_file;  // each process opens its own: the lock belongs to the open file

static std::vector<Baton> batons(Shared* shared) {
  static ipc::named_mutex* boost = nullptr;
  boost = new ipc::named_mutex(ipc::open_or_create, boost_name.c_str());
  return {
      {"raw futex word", true, false,
       [=](int mine) {
         while (shared->futex_word.load() != mine) syscall(SYS_futex, &shared->futex_word, FUTEX_WAIT, 1 - mine, nullptr, nullptr, 0);
       },
       [=](int mine) {
         shared->futex_word.store(1 - mine);
         syscall(SYS_futex, &shared->futex_word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
       }},
      {"robust pthread mutex", true, true, [=](int) { require(pthread_mutex_lock(&shared->robust) == 0, "pthread_mutex_lock"); },
       [=](int) { require(pthread_mutex_unlock(&shared->robust) == 0, "pthread_mutex_unlock"); }},
      {"the same with a condition", true, false,
       [=](int mine) {
         require(pthread_mutex_lock(&shared->guard) == 0, "pthread_mutex_lock");
         while (shared->turn != mine) pthread_cond_wait(&shared->turned, &shared->guard);
         pthread_mutex_unlock(&shared->guard);
       },
       [=](int mine) {
         require(pthread_mutex_lock(&shared->guard) == 0, "pthread_mutex_lock");
         shared->turn = 1 - mine;
         pthread_cond_signal(&shared->turned);
         pthread_mutex_unlock(&shared->guard);
       }},
      {"POSIX semaphore", true, true,
       [=](int) {
         while (sem_wait(&shared->semaphore) != 0) require(errno == EINTR, "sem_wait");
       },
       [=](int) { require(sem_post(&shared->semaphore) == 0, "sem_post"); }},
      {"flock(2)", true, true,
       [](int) {
         while (flock(lock_file, LOCK_EX) != 0) require(errno == EINTR, "flock");
       },
       [](int) { require(flock(lock_file, LOCK_UN) == 0, "flock"); }},
      {"Boost named_mutex", true, true, [](int) { boost->lock(); }, [](int) { boost->unlock(); }},
      {"raw spinning word", false, false,
       [=](int mine) {
         while (shared->spin_word.load(std::memory_order_acquire) != mine) relax();
       },
       [=](int mine) { shared->spin_word.store(1 - mine, std::memory_order_release); }},
  };
}

static void open_lock_file(const char* path) {
  lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  require(lock_file >= 0, path);
}

static double percentile(std::vector<long>& samples, int percent) {
  std::sort(samples.begin(), samples.end());
  return samples[samples.size() * percent / 100];
}

// ---- passing it on -----------------------------------------------------------------------------------

static const int rounds = 400;

static void await(std::atomic<long>& word, long value) {
  long start = now();
  for (int looks = 0; word.load() != value; looks++) {
    if (looks % 64 == 63) sched_yield();  // the other may want this processor
    relax();
    if (now() - start > 30000000000L) {
      std::fprintf(stderr, "nothing happened for 30 s: expected=%ld, seen=%ld\n", value, word.load());
      std::exit(1);
    }
  }
}

static void pass(Shared* shared, const Baton& baton, int mine, long& round) {
  for (int i = 0; i < rounds; i++) {
    round++;
    if (i % 2 == mine) {
      await(shared->ready, round);
      for (long ready = now(); now() - ready < (baton.sleeps ? 100000 : 1000);) relax();
      long released = shared->stamp = now();
      baton.give(mine);
      shared->samples[1][i] = now() - released;
      await(shared->taken, round);
    } else {
      shared->ready = round;
      baton.take(mine);
      shared->samples[0][i] = now() - shared->stamp;
      shared->taken = round;
    }
  }
}

static void hand_over(Shared* shared, const char* path, bool quick, bool json) {
  const int bursts = quick ? 1 : 20;
  int to_other[2], from_other[2];
  require(pipe(to_other) == 0 && pipe(from_other) == 0, "pipe");
  std::vector<Baton> all = batons(shared);
  std::vector<std::vector<long>> samples[2] = {std::vector<std::vector<long>>(all.size()), std::vector<std::vector<long>>(all.size())};
  pid_t other = fork();
  require(other >= 0, "fork");
  open_lock_file(path);
  long round = 0;
  if (other == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(to_other[1]);
    for (char which; read(to_other[0], &which, 1) == 1;) pass(shared, all[which], 1, round);
    _exit(0);
  }
  for (int burst = -bursts; burst < bursts; burst++) {  // all take turns; the first half warms up
    for (size_t which = 0; which < all.size(); which++) {
      char request = which;
      all[which].take(0);
      require(write(to_other[1], &request, 1) == 1, "write");
      pass(shared, all[which], 0, round);
      if (all[which].is_lock) all[which].give(0);
      for (int i = 0; burst >= 0 && i < 2; i++) samples[i][which].insert(samples[i][which].end(), shared->samples[i], shared->samples[i] + rounds);
    }
  }
  close(to_other[1]);
  int status;
  require(waitpid(other, &status, 0) == other && status == 0, "the other process");
  if (!json) std::printf("C and C++, Boost %s\n| waiting | passed on | p50, us | p99, us | of it until the release returned, p50 | x bare word |\n", BOOST_LIB_VERSION);
  double bare[2] = {percentile(samples[0].back(), 50), percentile(samples[0][0], 50)};
  for (size_t which = 0; which < all.size(); which++) {
    std::printf(json ? "{\"waiting\":\"%s\",\"passed\":\"%s in C\",\"p50_us\":%.2f,\"p99_us\":%.2f,\"release_p50_us\":%.2f,\"ratio\":%.2f}\n"
                     : "| %-6s | %-28s | %8.2f | %8.2f | %8.2f | %5.2f |\n",
                all[which].sleeps ? "asleep" : "hot", all[which].name, percentile(samples[0][which], 50) / 1e3, percentile(samples[0][which], 99) / 1e3,
                percentile(samples[1][which], 50) / 1e3, percentile(samples[0][which], 50) / bare[all[which].sleeps]);
  }
}

// ---- nobody else wants it ----------------------------------------------------------------------------

static long run(const char* const* command) {
  extern char** environ;
  long start = now();
  pid_t pid;
  int status;
  require(posix_spawnp(&pid, command[0], nullptr, nullptr, const_cast<char* const*>(command), environ) == 0, command[0]);
  require(waitpid(pid, &status, 0) == pid && status == 0, command[0]);
  return now() - start;
}

static void take_free(Shared* shared, const char* path, bool quick, bool json) {
  open_lock_file(path);
  const int calls = quick ? 2000 : 100000;
  const char* row = json ? "{\"taken\":\"%s\",\"ns\":%.1f}\n" : "| %-28s | %12.1f |\n";
  if (!json) std::printf("C and C++, Boost %s\n| taken and released | ns |\n", BOOST_LIB_VERSION);
  for (const Baton& baton : batons(shared)) {
    if (!baton.is_lock) continue;
    std::vector<long> samples;
    for (int burst = -1; burst < 20; burst++) {
      long start = now();
      for (int i = 0; i < calls; i++) {
        baton.take(0);
        baton.give(0);
      }
      if (burst >= 0) samples.push_back(now() - start);
    }
    std::printf(row, baton.name, percentile(samples, 50) / calls);
  }
  const char* bare[] = {"true", nullptr};
  const char* locked[] = {"flock", path, "true", nullptr};
  std::vector<long> without, with;
  for (int i = 0; i < (quick ? 5 : 200); i++) {
    without.push_back(run(bare));
    with.push_back(run(locked));
  }
  std::printf(row, "true(1)", percentile(without, 50));
  std::printf(row, "flock(1) FILE true", percentile(with, 50));
}

int main(int count, char** arguments) {
  bool quick = false, json = false, handover = false;
  for (int i = 1; i < count; i++) {
    quick |= !std::strcmp(arguments[i], "--quick");
    json |= !std::strcmp(arguments[i], "--json");
    handover |= !std::strcmp(arguments[i], "handover");
  }
  const char* root = std::getenv("HOLDFAST_ROOT");
  std::string path = std::string(root == nullptr ? "/tmp" : root) + "/" + boost_name;
  std::atexit([] { ipc::named_mutex::remove(boost_name.c_str()); });
  Shared* shared = make_shared();
  (handover ? hand_over : take_free)(shared, path.c_str(), quick, json);
  unlink(path.c_str());
}
