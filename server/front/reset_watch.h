#pragma once

#include <cstddef>
#include <string_view>

#include "common/time/clock.h"

namespace soarm {

// How many calls a client may take back: some at once, few a second in the long run. Each costs
// gRPC memory that it never gives back (CVE-2023-44487), and who programs in earnest takes back
// few.
//
// Threads  one at a time.
class ResetBudget {
 public:
  static constexpr double kAtOnce = 256;
  static constexpr double kEachSecond = 50;

  explicit ResetBudget(MonoTime now) : since_(now) {}

  // False: it is used up.
  bool Take(MonoTime now);

 private:
  double left_ = kAtOnce;
  MonoTime since_;
};

// Finds the calls that a client takes back in what it says by HTTP/2 (RFC 9113, sections 4.1 and
// 6.4). Looks at the frames' headers only. Pure.
//
// Threads  one.
class ResetWatch {
 public:
  // What the client says next, of any size; how many RST_STREAM frames begin in it.
  std::size_t Count(std::string_view bytes);

 private:
  static constexpr std::size_t kHeaderBytes = 9;

  std::size_t skip_bytes_ = 24;  // of the preface, or of the rest of a frame
  std::size_t heard_bytes_ = 0;  // of a frame's header
  std::size_t payload_bytes_ = 0;
};

}  // namespace soarm
