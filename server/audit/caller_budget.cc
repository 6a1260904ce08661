#include "server/audit/caller_budget.h"

#include <algorithm>
#include <chrono>

#include "common/base/clean_text.h"
#include "server/audit/audit_log.h"

namespace soarm {

CallerBudget::CallerBudget(MonoTime now)
    : usual(AuditLog::kBurst_bytes, AuditLog::kRate_bytes_s, now),
      grave(AuditLog::kBurst_bytes, AuditLog::kRate_bytes_s, now) {}

bool CallerBudget::IsIdle(MonoTime now) const {
  return repeated.empty() && dropped == 0 && usual.IsFull(now) && grave.IsFull(now);
}

std::string BudgetKey(std::string_view who) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kRpc = "rpc ";  // so the source of a stop begins
  if (who.starts_with(kRpc)) who.remove_prefix(kRpc.size());
  if (who.starts_with("ipv4:") || who.starts_with("ipv6:")) return "TCP";
  // Its address may change, and stands in brackets as "gone" does.
  if (who.starts_with("client ")) who = who.substr(0, who.find(" ("));
  return CutText(who, kLongest);
}

}  // namespace soarm
