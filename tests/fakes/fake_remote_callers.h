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
    return In(callers, connection);
  }
  std::optional<RemoteCaller> FindEnded(std::string_view connection) const override {
    return In(ended, connection);
  }

  using Callers = std::map<std::string, RemoteCaller, std::less<>>;
  Callers callers;  // before the server starts, as what follows
  Callers ended;

 private:
  static std::optional<RemoteCaller> In(const Callers& among, std::string_view connection) {
    const auto found = among.find(connection);
    return found == among.end() ? std::nullopt : std::optional(found->second);
  }
};

}  // namespace soarm
