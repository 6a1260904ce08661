#include "server/runtime/audit_events.h"

#include "common/base/clean_text.h"

namespace soarm {
namespace {

constexpr std::size_t kLongestName = 256;

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += CleanText(name, kLongestName);
  }
  return text;
}

}  // namespace

AuditEvent LeaseEvent(const control::LeaseInfo& lease, const std::vector<std::string>& groups,
                      const control::LeaseTable::Ending* end) {
  AuditEvent event = {.who = lease.caller,
                      .what = end == nullptr ? "lease granted" : "lease ended",
                      .facts = {{"lease", std::to_string(lease.fence)},
                                {"class", std::string(LeaseClassName(lease.lease_class))},
                                {"groups", Joined(groups)},
                                {"client", lease.client_name}}};
  if (end == nullptr) return event;
  event.outcome = control::LeaseEndName(end->end);
  if (!end->by.empty()) event.facts["by"] = end->by;
  return event;
}

AuditEvent StopEvent(const std::vector<std::string>& groups, StopLevel level,
                     const std::string& reason, const std::string& source) {
  return {.who = source,
          .what = "stop",
          .facts = {{"level", std::string(StopLevelName(level))},
                    {"groups", groups.empty() ? "all" : Joined(groups)},
                    {"reason", reason}}};
}

}  // namespace soarm
