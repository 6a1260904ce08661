#include "tests/adversary/stage/fiber.h"

#include <new>
#include <utility>

#include <sys/mman.h>

// The sanitizers want to be told of every change of stack.
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define SOARM_FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define SOARM_FIBER_TSAN 1
#endif

namespace soarm::adversary {
namespace {

constexpr std::size_t kStackSize = std::size_t{1} << 20;  // touched as far as it is used

Fiber* entering = nullptr;  // whom the last switch went to, and from whom
[[maybe_unused]] Fiber* leaving = nullptr;

}  // namespace

Fiber::Fiber() {
#ifdef SOARM_FIBER_TSAN
  shadow_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  void* stack = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) throw std::bad_alloc();
  bottom_ = stack;
  size_ = kStackSize;
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = kStackSize;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::Enter, 0);
#ifdef SOARM_FIBER_TSAN
  shadow_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (!body_) return;
#ifdef SOARM_FIBER_TSAN
  __tsan_destroy_fiber(shadow_);
#endif
  munmap(bottom_, size_);
}

void Fiber::Enter() {
  entering->AfterSwitch();
  entering->body_();
}

void Fiber::AfterSwitch() {
#ifdef SOARM_FIBER_ASAN
  const void* bottom = nullptr;
  __sanitizer_finish_switch_fiber(shadow_, &bottom, &leaving->size_);
  leaving->bottom_ = const_cast<void*>(bottom);
#endif
}

void Fiber::SwitchTo(Fiber& other, bool for_good) {
  entering = &other;
  leaving = this;
#ifdef SOARM_FIBER_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &shadow_, other.bottom_, other.size_);
#endif
#ifdef SOARM_FIBER_TSAN
  __tsan_switch_to_fiber(other.shadow_, 0);
#endif
  (void)for_good;
  swapcontext(&context_, &other.context_);
  AfterSwitch();
}

}  // namespace soarm::adversary
