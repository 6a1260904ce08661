// Watches the daemon's control thread from within, without the daemon knowing: a library to
// preload. It stands in for the sleep, the tty's calls and the heap, and writes one TickRecord per
// tick of the first thread named "ctl:…" into the file that SOARM_TICK_PROBE names (on a tmpfs,
// so that writing to it never faults). Where a tick begins and ends the daemon marks in a section
// of its own (server/control/tick_mark.h); a sleep within a tick is the wire's.
//
// Its own costs in the tick: three clock reads, one of them a system call, and one getrusage.
// bench/p07.py subtracts the two system calls.

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "server/control/tick_mark.h"
#include "tests/perf/realtime.h"
#include "tests/perf/tick_record.h"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

using soarm::control::TickMark;
using soarm::perf::MonotonicNs;
using soarm::perf::TickFile;
using soarm::perf::TickRecord;

constexpr std::int64_t kCapacity = 200'000;
constexpr int kLooksAtName = 200;  // a thread gets its name after it has started

enum class Kind : std::uint8_t { kUnknown, kControl, kOther };

// Initial-exec storage is part of the thread's own block: touching it never allocates.
#define SOARM_TLS __attribute__((tls_model("initial-exec"))) thread_local
SOARM_TLS Kind kind = Kind::kUnknown;
SOARM_TLS int looks = 0;
SOARM_TLS TickRecord current{};
SOARM_TLS const TickMark::Mark* mark = nullptr;  // of this thread
SOARM_TLS std::int64_t cpu_at_wake = 0;
SOARM_TLS std::int64_t minor_at_wake = 0;
SOARM_TLS std::int64_t major_at_wake = 0;

std::atomic<bool> claimed{false};
TickFile* file = nullptr;

TickFile* OpenFile() {
  const char* path = std::getenv("SOARM_TICK_PROBE");
  if (path == nullptr) return nullptr;
  const std::size_t size = sizeof(TickFile) + sizeof(TickRecord) * kCapacity;
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(size)) != 0) return nullptr;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return nullptr;
  auto* opened = static_cast<TickFile*>(memory);
  opened->capacity = kCapacity;
  return opened;
}

// The daemon's own marks, by the headers of its program.
const TickMark::Mark* FindMarks() {
  const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  struct stat about{};
  if (fd < 0 || fstat(fd, &about) != 0) return nullptr;
  const auto size = static_cast<std::size_t>(about.st_size);
  void* memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return nullptr;
  const char* bytes = static_cast<const char*>(memory);
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(bytes);
  const auto* sections = reinterpret_cast<const ElfW(Shdr)*>(bytes + header->e_shoff);
  const char* names = bytes + sections[header->e_shstrndx].sh_offset;
  ElfW(Addr) found = 0;
  for (int i = 0; i < header->e_shnum; ++i) {
    if (std::strcmp(names + sections[i].sh_name, TickMark::kSection) == 0) {
      found = sections[i].sh_addr;
    }
  }
  // Where the program was loaded: the first object is always that.
  ElfW(Addr) base = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* into) {
        *static_cast<ElfW(Addr)*>(into) = info->dlpi_addr;
        return 1;
      },
      &base);
  munmap(memory, size);
  return found == 0 ? nullptr : reinterpret_cast<const TickMark::Mark*>(base + found);
}

// Opened and found before main() and before any thread, so that the tick never does.
const bool ready = (file = OpenFile()) != nullptr;
const TickMark::Mark* const marks = [] {
  const TickMark::Mark* found = ready ? FindMarks() : nullptr;
  if (ready && found == nullptr) {
    dprintf(STDERR_FILENO, "tick_probe: the program has no section %s\n", TickMark::kSection);
    std::abort();
  }
  return found;
}();

// Whether the calling thread, a control thread, sleeps within its tick.
bool IsInTick() noexcept {
  for (int i = 0; mark == nullptr && marks != nullptr && i < TickMark::kMost; ++i) {
    if (marks[i].thread.load(std::memory_order_relaxed) == gettid()) mark = &marks[i];
  }
  return mark != nullptr && mark->in_tick.load(std::memory_order_relaxed) != 0;
}

bool IsControl() noexcept {
  if (kind == Kind::kUnknown) {
    char name[16] = {};
    prctl(PR_GET_NAME, name);
    if (ready && std::strncmp(name, "ctl:", 4) == 0) {
      kind = claimed.exchange(true) ? Kind::kOther : Kind::kControl;
    } else if (++looks > kLooksAtName) {
      kind = Kind::kOther;
    }
  }
  return kind == Kind::kControl;
}

void ReadFaults(std::int64_t& minor, std::int64_t& major) noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  minor = usage.ru_minflt;
  major = usage.ru_majflt;
}

void BeginSleep() noexcept {
  if (current.woke_ns == 0 || file->count >= kCapacity) return;
  current.slept_ns = MonotonicNs();
  current.cpu_ns = soarm::perf::ThreadCpuNs() - cpu_at_wake;
  std::int64_t minor = 0;
  std::int64_t major = 0;
  ReadFaults(minor, major);
  current.minor_faults = minor - minor_at_wake;
  current.major_faults = major - major_at_wake;
  minor_at_wake = minor;
  major_at_wake = major;
  cpu_at_wake += current.cpu_ns;
  file->records[file->count] = current;
  std::atomic_ref<std::int64_t>(file->count).fetch_add(1, std::memory_order_release);
}

void EndSleep(const timespec* until) noexcept {
  current = {};
  current.due_ns = until->tv_sec * std::int64_t{1'000'000'000} + until->tv_nsec;
  current.woke_ns = MonotonicNs();
}

void CountAllocation() noexcept {
  if (kind == Kind::kControl) ++current.allocations;
}

template <typename Function>
Function Next(const char* name) noexcept {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// Adds the time until it goes out of scope to the tick's time on the wire.
class OnWire {
 public:
  OnWire() noexcept : began_(IsControl() ? MonotonicNs() : 0) {}
  ~OnWire() {
    if (began_ != 0) current.wire_ns += MonotonicNs() - began_;
  }
  OnWire(const OnWire&) = delete;
  OnWire& operator=(const OnWire&) = delete;

 private:
  const std::int64_t began_;
};

}  // namespace

extern "C" {

int clock_nanosleep(clockid_t clock, int flags, const timespec* until, timespec* left) {
  static const auto next = Next<decltype(&clock_nanosleep)>("clock_nanosleep");
  const bool control = IsControl() && (flags & TIMER_ABSTIME) != 0;
  if (control && IsInTick()) {
    const OnWire on_wire;
    return next(clock, flags, until, left);
  }
  if (control) BeginSleep();
  const int result = next(clock, flags, until, left);
  if (control) EndSleep(until);
  return result;
}

ssize_t write(int fd, const void* data, std::size_t size) {
  static const auto next = Next<decltype(&write)>("write");
  const OnWire on_wire;
  return next(fd, data, size);
}

ssize_t read(int fd, void* into, std::size_t size) {
  static const auto next = Next<decltype(&read)>("read");
  const OnWire on_wire;
  return next(fd, into, size);
}

int ppoll(pollfd* waits, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  static const auto next = Next<decltype(&ppoll)>("ppoll");
  const OnWire on_wire;
  return next(waits, count, timeout, mask);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  static const auto next = Next<int (*)(int, unsigned long, void*)>("ioctl");
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  const OnWire on_wire;
  return next(fd, request, argument);
}

void* malloc(std::size_t size) {
  CountAllocation();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  CountAllocation();
  return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) {
  CountAllocation();
  return __libc_realloc(old, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  CountAllocation();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  CountAllocation();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** into, std::size_t alignment, std::size_t size) {
  CountAllocation();
  *into = __libc_memalign(alignment, size);
  return *into == nullptr ? 12 : 0;  // ENOMEM
}

void free(void* block) {
  if (block != nullptr) CountAllocation();
  __libc_free(block);
}
}
