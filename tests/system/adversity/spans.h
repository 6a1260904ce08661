#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace soarm::test {

// Times in which something holds, in nanoseconds of CLOCK_MONOTONIC; the newest may be open-ended.
//
// Not thread-safe.
class Spans {
 public:
  static constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();
  struct Span {
    std::int64_t from_ns = 0;
    std::int64_t until_ns = kForEver;
  };

  // Nothing changes when it holds already, or does not.
  void Open(std::int64_t at_ns);
  void Close(std::int64_t at_ns);
  void Add(std::int64_t from_ns, std::int64_t until_ns);
  bool is_open() const { return open_; }

  // Whether it holds at any time from `from_ns` to `until_ns`, both ends included.
  bool Touches(std::int64_t from_ns, std::int64_t until_ns) const;
  // The times in which this holds and `other` does not.
  Spans Without(const Spans& other) const;
  const std::vector<Span>& list() const { return spans_; }

 private:
  std::vector<Span> spans_;
  bool open_ = false;  // the last of Open(), which is not closed
  std::size_t open_at_ = 0;
};

}  // namespace soarm::test
