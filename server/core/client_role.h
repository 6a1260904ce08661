#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace soarm {

// What a paired client may do; each may all that those before it may. Every role may stop the
// robot. proto/soarm/v1/access.proto says what each method asks for.
enum class ClientRole : std::uint8_t {
  kViewer,    // reads
  kOperator,  // leases up to TELEOP, and everything that moves
  kAdmin,     // configures and pairs; leases up to SUPERVISOR
};

// "viewer", "operator", "admin".
std::string_view ClientRoleName(ClientRole role);
std::optional<ClientRole> ParseClientRole(std::string_view name);

}  // namespace soarm
