#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// An event in one line, every field of it.
std::string PrintEvent(const Event& event);

// Passes a record on and keeps a number that depends on every bit of it.
//
// Not thread-safe.
class HashingAudience final : public Audience {
 public:
  explicit HashingAudience(Audience* next = nullptr) : next_(next) {}

  void Begin(const SceneFacts& scene) override;
  void On(const Event& event) override;
  void On(const TruthFrame& frame) override;
  void End(Time at) override;

  std::uint64_t hash() const noexcept { return hash_; }

 private:
  void Add(const void* data, std::size_t size) noexcept;
  template <typename T>
  void Add(const T& value) noexcept {
    Add(&value, sizeof(value));
  }

  Audience* const next_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

// Passes a record on and prints it: events as they come, the truth now and then.
//
// Not thread-safe.
class TracingAudience final : public Audience {
 public:
  TracingAudience(std::FILE* out, Time truth_every, Audience* next)
      : out_(out), truth_every_(truth_every), next_(next) {}

  void Begin(const SceneFacts& scene) override;
  void On(const Event& event) override;
  void On(const TruthFrame& frame) override;
  void End(Time at) override;

 private:
  std::FILE* const out_;
  const Time truth_every_;  // 0: never
  Audience* const next_;
  std::string last_state_;
};

}  // namespace soarm::adversary
