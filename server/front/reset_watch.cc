#include "server/front/reset_watch.h"

#include <algorithm>
#include <chrono>

namespace soarm {
namespace {

constexpr std::size_t kLengthBytes = 3;  // what a frame's header begins with; then its type
constexpr unsigned char kRstStream = 3;

}  // namespace

bool ResetBudget::Take(MonoTime now) {
  const std::chrono::duration<double> passed = now - since_;
  since_ = now;
  left_ = std::min(kAtOnce, left_ + passed.count() * kEachSecond);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

std::size_t ResetWatch::Count(std::string_view bytes) {
  std::size_t resets = 0;
  while (!bytes.empty()) {
    if (skip_bytes_ > 0) {
      const std::size_t skipped = std::min(skip_bytes_, bytes.size());
      skip_bytes_ -= skipped;
      bytes.remove_prefix(skipped);
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (heard_bytes_ < kLengthBytes) {
      payload_bytes_ = payload_bytes_ << 8U | byte;
    } else if (heard_bytes_ == kLengthBytes && byte == kRstStream) {
      ++resets;
    }
    if (++heard_bytes_ < kHeaderBytes) continue;
    skip_bytes_ = payload_bytes_;
    heard_bytes_ = 0;
    payload_bytes_ = 0;
  }
  return resets;
}

}  // namespace soarm
