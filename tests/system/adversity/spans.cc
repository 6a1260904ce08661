#include "tests/system/adversity/spans.h"

#include <algorithm>

namespace soarm::test {

void Spans::Open(std::int64_t at_ns) {
  if (open_) return;
  open_ = true;
  open_at_ = spans_.size();
  spans_.push_back({at_ns, kForEver});
}

void Spans::Close(std::int64_t at_ns) {
  if (!open_) return;
  open_ = false;
  spans_[open_at_].until_ns = std::max(at_ns, spans_[open_at_].from_ns);
}

void Spans::Add(std::int64_t from_ns, std::int64_t until_ns) {
  spans_.push_back({from_ns, until_ns});
}

bool Spans::Touches(std::int64_t from_ns, std::int64_t until_ns) const {
  return std::ranges::any_of(spans_, [&](const Span& span) {
    return span.from_ns <= until_ns && span.until_ns >= from_ns;
  });
}

Spans Spans::Without(const Spans& other) const {
  std::vector<Span> left = spans_;
  for (const Span& hole : other.spans_) {
    std::vector<Span> next;
    for (const Span& span : left) {
      if (hole.until_ns <= span.from_ns || hole.from_ns >= span.until_ns) {
        next.push_back(span);
        continue;
      }
      if (hole.from_ns > span.from_ns) next.push_back({span.from_ns, hole.from_ns});
      if (hole.until_ns < span.until_ns) next.push_back({hole.until_ns, span.until_ns});
    }
    left = std::move(next);
  }
  Spans result;
  result.spans_ = std::move(left);
  return result;
}

}  // namespace soarm::test
