// What do the same steps cost in C++, with Boost.Interprocess and without a library? The native end of the scale.
// Prints medians in µs of: create + map + unmap + remove, open + map + unmap, at the sizes of the Java benchmarks;
// and in ns of one getpid system call, what any downcall costs at least.
#include <boost/interprocess/mapped_region.hpp>
#include <boost/interprocess/shared_memory_object.hpp>
#include <boost/version.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace ipc = boost::interprocess;

static std::string name = "bench-boost-" + std::to_string(getpid());

template <class Action>
static double median_us(int rounds, Action action) {
  std::vector<double> samples;
  for (int i = -rounds / 10 - 1; i < rounds; i++) {
    auto start = std::chrono::steady_clock::now();
    action();
    auto took = std::chrono::steady_clock::now() - start;
    if (i >= 0) samples.push_back(std::chrono::duration<double, std::micro>(took).count());
  }
  std::nth_element(samples.begin(), samples.begin() + samples.size() / 2, samples.end());
  return samples[samples.size() / 2];
}

static void boost_create(long bytes) {
  {
    ipc::shared_memory_object object(ipc::create_only, name.c_str(), ipc::read_write);
    object.truncate(bytes);
    ipc::mapped_region view(object, ipc::read_write);
  }
  ipc::shared_memory_object::remove(name.c_str());
}

static void boost_open() {
  ipc::shared_memory_object object(ipc::open_only, name.c_str(), ipc::read_only);
  ipc::mapped_region view(object, ipc::read_only);
}

static void bare_create(long bytes) {
  std::string slashed = "/" + name;
  int object = shm_open(slashed.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (object < 0 || posix_fallocate(object, 0, bytes) != 0) std::abort();
  void* view = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
  close(object);
  munmap(view, bytes);
  shm_unlink(slashed.c_str());
}

static void bare_open(long bytes) {
  int object = shm_open(("/" + name).c_str(), O_RDONLY, 0);
  void* view = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, object, 0);
  close(object);
  munmap(view, bytes);
}

int main(int count, char** arguments) {
  bool quick = false, json = false;
  for (int i = 1; i < count; i++) {
    quick |= !std::strcmp(arguments[i], "--quick");
    json |= !std::strcmp(arguments[i], "--json");
  }
  const char* row = json ? "{\"bytes\":%ld,\"boost_create_us\":%.2f,\"bare_create_us\":%.2f,\"boost_open_us\":%.2f,\"bare_open_us\":%.2f}\n"
                         : "| %ld | %.2f | %.2f | %.2f | %.2f |\n";
  if (!json) {
    std::printf("Boost.Interprocess %s\n| bytes | Boost create, us | bare create, us | Boost open, us | bare open, us |\n", BOOST_LIB_VERSION);
  }
  for (long bytes : {4096L, 1L << 20, 1L << 26, 1L << 30}) {
    int creations = (bytes <= 1 << 20 ? 2000 : bytes <= 1 << 26 ? 40 : 6) / (quick ? 3 : 1);
    int openings = quick ? 500 : 20000;
    double boost_c = median_us(creations, [&] { boost_create(bytes); });
    double bare_c = median_us(creations, [&] { bare_create(bytes); });
    ipc::shared_memory_object object(ipc::create_only, name.c_str(), ipc::read_write);
    object.truncate(bytes);
    double boost_o = median_us(openings, boost_open);
    double bare_o = median_us(openings, [&] { bare_open(bytes); });
    ipc::shared_memory_object::remove(name.c_str());
    std::printf(row, bytes, boost_c, bare_c, boost_o, bare_o);
  }
  const int calls = 1000000;
  double thousand = median_us(5, [&] { for (int i = 0; i < calls; i++) syscall(SYS_getpid); });
  std::printf(json ? "{\"getpid_ns\":%.1f}\n" : "getpid: %.1f ns\n", thousand * 1000 / calls);
}
