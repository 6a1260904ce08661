#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "server/core/audit.h"

namespace soarm {

// Keeps what it is told.
class FakeAudit final : public Audit {
 public:
  void Note(const AuditEvent& event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }
  std::vector<AuditEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<AuditEvent> events_;  // guarded by mutex_
};

}  // namespace soarm
