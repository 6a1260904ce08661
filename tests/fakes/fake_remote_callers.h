#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/remote_callers.h"

namespace soarm {

// Remote callers by the name of their connection, as a test sets them.
struct FakeRemoteCallers final : RemoteCallers {
  std::optional<RemoteCaller> Find(std::string_view connection) const override {
    const auto found = callers.find(connection);
    return found == callers.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, RemoteCaller, std::less<>> callers;  // before the server starts
};

}  // namespace soarm
