#include "server/front/caller_table.h"

#include <utility>

namespace soarm {

void CallerTable::Add(std::string_view connection, RemoteCaller caller) {
  const std::lock_guard lock(mutex_);
  callers_.insert_or_assign(std::string(connection), std::move(caller));
}

void CallerTable::Remove(std::string_view connection) {
  const std::lock_guard lock(mutex_);
  if (const auto found = callers_.find(connection); found != callers_.end()) callers_.erase(found);
}

void CallerTable::SetSilent(std::string_view connection, bool is_silent) {
  const std::lock_guard lock(mutex_);
  const auto found = callers_.find(connection);
  if (found != callers_.end()) found->second.is_silent = is_silent;
}

std::optional<RemoteCaller> CallerTable::Find(std::string_view connection) const {
  const std::lock_guard lock(mutex_);
  const auto found = callers_.find(connection);
  return found == callers_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace soarm
