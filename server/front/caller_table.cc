#include "server/front/caller_table.h"

#include <utility>

namespace soarm {

void CallerTable::Add(std::string_view connection, RemoteCaller caller) {
  const std::lock_guard lock(mutex_);
  callers_.insert_or_assign(std::string(connection), std::move(caller));
}

void CallerTable::Remove(std::string_view connection) {
  const std::lock_guard lock(mutex_);
  const auto found = callers_.find(connection);
  if (found == callers_.end()) return;
  order_.push_back(found->first);
  ended_.insert(callers_.extract(found));
  if (order_.size() <= kMostEnded) return;
  ended_.erase(order_.front());
  order_.pop_front();
}

void CallerTable::SetSilent(std::string_view connection, bool is_silent) {
  const std::lock_guard lock(mutex_);
  const auto found = callers_.find(connection);
  if (found == callers_.end()) return;
  if (is_silent && !found->second.is_silent) ++stalled_;
  found->second.is_silent = is_silent;
}

void CallerTable::CountCutOff() {
  const std::lock_guard lock(mutex_);
  ++cut_off_;
}

std::uint64_t CallerTable::cut_off() const {
  const std::lock_guard lock(mutex_);
  return cut_off_;
}

std::uint64_t CallerTable::stalled() const {
  const std::lock_guard lock(mutex_);
  return stalled_;
}

std::optional<RemoteCaller> CallerTable::Find(std::string_view connection) const {
  const std::lock_guard lock(mutex_);
  return In(callers_, connection);
}

std::optional<RemoteCaller> CallerTable::FindEnded(std::string_view connection) const {
  const std::lock_guard lock(mutex_);
  return In(ended_, connection);
}

std::optional<RemoteCaller> CallerTable::In(const Callers& callers, std::string_view connection) {
  const auto found = callers.find(connection);
  return found == callers.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace soarm
