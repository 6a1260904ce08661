#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/remote_callers.h"

namespace soarm {

// The connections that came in by TLS and last.
//
// Threads  any; its lock is a leaf.
class CallerTable final : public RemoteCallers {
 public:
  void Add(std::string_view connection, RemoteCaller caller);
  void Remove(std::string_view connection);
  void SetSilent(std::string_view connection, bool is_silent);

  std::optional<RemoteCaller> Find(std::string_view connection) const override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, RemoteCaller, std::less<>> callers_;  // guarded by mutex_
};

}  // namespace soarm
