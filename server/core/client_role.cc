#include "server/core/client_role.h"

#include <array>

namespace soarm {
namespace {

constexpr std::array<std::string_view, 3> kRoleNames = {"viewer", "operator", "admin"};

}  // namespace

std::string_view ClientRoleName(ClientRole role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<ClientRole> ParseClientRole(std::string_view name) {
  for (std::size_t i = 0; i < kRoleNames.size(); ++i) {
    if (kRoleNames[i] == name) return static_cast<ClientRole>(i);
  }
  return std::nullopt;
}

}  // namespace soarm
