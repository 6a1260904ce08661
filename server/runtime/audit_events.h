#pragma once

#include <string>
#include <vector>

#include "server/control/lease_table.h"
#include "server/core/audit.h"
#include "server/core/stop.h"

namespace soarm {

// Of a lease on `groups` that was granted; with `end`, of how it ended.
AuditEvent LeaseEvent(const control::LeaseInfo& lease, const std::vector<std::string>& groups,
                      const control::LeaseTable::Ending* end);

// Of a stop as it was asked for; no groups: all.
AuditEvent StopEvent(const std::vector<std::string>& groups, StopLevel level,
                     const std::string& reason, const std::string& source);

}  // namespace soarm
