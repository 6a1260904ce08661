// Counts every allocation of this process, so it is a test binary of its own.

#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "tests/unit/control/rig.h"

// Out of line, or the compiler takes free() of what operator new returned for a mistake.
namespace {
std::atomic<std::uint64_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const auto step = static_cast<std::size_t>(alignment);
  void* const memory = std::aligned_alloc(step, (size + step - 1) / step * step);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace soarm::control {
namespace {

// Allocations while `work` runs.
template <typename Work>
std::uint64_t Count(Work work) {
  const std::uint64_t before = allocations;
  work();
  return allocations - before;
}

TEST(NoHeapTest, TheHookCounts) {
  EXPECT_GT(Count([] { delete new volatile int(1); }), 0u);
}

TEST(NoHeapTest, NoTickAllocatesInAnyMode) {
  Rig rig;
  rig.Tick(2);
  EXPECT_EQ(Count([&] { rig.Tick(1000); }), 0u) << "limp";
  EXPECT_EQ(Count([&] { rig.Enable(); }), 0u) << "enabling";
  EXPECT_EQ(Count([&] { rig.Tick(1000); }), 0u) << "hold";
  EXPECT_EQ(Count([&] {
              for (int i = 0; i < 2000; ++i) {
                rig.Post(rig.Command(0, i % 2 == 0 ? 0.5 : std::nan("")));
                rig.Tick();
                while (rig.ports.verdicts.Pop()) {
                }
              }
            }),
            0u)
      << "follow";
  EXPECT_EQ(Count([&] {
              for (int i = 0; i < 10; ++i) {
                rig.Ask(rig.Move(1, i % 2 == 0 ? 1.0 : -1.0));
                rig.Tick(200);
              }
            }),
            0u)
      << "move";
  EXPECT_EQ(Count([&] {
              rig.bus.joint(2).silent = true;
              rig.Tick(1000);
              rig.bus.joint(2).silent = false;
              rig.bus.late = true;
              rig.Tick(100);
              rig.bus.late = false;
            }),
            0u)
      << "fault";
  EXPECT_EQ(Count([&] {
              rig.Stop(StopLevel::kSoftHold);
              rig.Tick(100);
              rig.Stop(StopLevel::kRelease);
              rig.Tick(100);
            }),
            0u)
      << "stop";
}

}  // namespace
}  // namespace soarm::control
