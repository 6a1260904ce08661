#include "server/sim/byte_log.h"

#include <algorithm>

namespace soarm::sim {

void ByteLog::Append(const LoggedByte& byte) {
  if (ring_.size() < capacity_) {
    ring_.push_back(byte);
    return;
  }
  ring_[oldest_] = byte;
  oldest_ = oldest_ + 1 == capacity_ ? 0 : oldest_ + 1;
  ++lost_;
}

ByteLog::Extract ByteLog::Since(MonoTime since) const {
  Extract extract;
  // Backwards from the newest: what tests ask for is recent, and the log is long.
  const std::size_t size = ring_.size();
  for (std::size_t back = 0; back < size; ++back) {
    const LoggedByte& byte = ring_[(oldest_ + size - 1 - back) % size];
    if (byte.at <= since) break;
    extract.bytes.push_back(byte);
  }
  // Who asks for what is there still misses nothing.
  if (extract.bytes.size() == size) extract.lost = lost_;
  std::reverse(extract.bytes.begin(), extract.bytes.end());
  return extract;
}

}  // namespace soarm::sim
