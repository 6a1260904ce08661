#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace soarm::perf {

// Durations in nanoseconds, all of them kept. Add() never allocates: what does not fit is counted.
class Samples {
 public:
  explicit Samples(std::size_t capacity) : values_(capacity) {}

  void Add(std::int64_t value_ns) noexcept {
    if (size_ < values_.size()) {
      values_[size_++] = value_ns;
    } else {
      ++left_out_;
    }
  }

  // Percentiles in µs, and a histogram of pairs [upper bound in µs, count]: four bins an octave.
  std::string Json() const {
    std::vector<std::int64_t> sorted(values_.begin(), values_.begin() + static_cast<long>(size_));
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&sorted](double fraction) {
      if (sorted.empty()) return 0.0;
      const double rank = fraction * static_cast<double>(sorted.size() - 1);
      return static_cast<double>(sorted[static_cast<std::size_t>(rank + 0.5)]) * 1e-3;
    };
    std::ostringstream out;
    out << "{\"count\":" << size_ << ",\"left_out\":" << left_out_ << ",\"p50\":" << at(0.5)
        << ",\"p90\":" << at(0.9) << ",\"p99\":" << at(0.99) << ",\"p99_9\":" << at(0.999)
        << ",\"max\":" << at(1) << ",\"histogram\":[";
    double upper_us = 1;
    const char* comma = "";
    for (std::size_t i = 0; i < sorted.size();) {
      std::size_t count = 0;
      for (; i < sorted.size() && static_cast<double>(sorted[i]) * 1e-3 <= upper_us; ++i) ++count;
      if (count != 0) {
        out << comma << "[" << upper_us << "," << count << "]";
        comma = ",";
      }
      upper_us *= 1.189207115;
    }
    out << "]}";
    return out.str();
  }

 private:
  std::vector<std::int64_t> values_;
  std::size_t size_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace soarm::perf
