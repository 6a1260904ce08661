#pragma once

#include <map>
#include <string>

namespace soarm {

// Something that somebody did, or that befell what somebody had. No secrets.
struct AuditEvent {
  // As Caller::connection() has it: "client laptop (192.168.1.7)", "unix:", "stop socket".
  std::string who;
  // A method, "soarm.v1.MotionService.MoveTo", or what else: "lease granted", "stop".
  std::string what;
  std::string outcome = "OK";  // or the reason of the refusal: "ROLE_TOO_LOW"
  std::map<std::string, std::string> facts = {};
  // It says who may come in, or when there was a daemon: what others do, however much, must not
  // keep it from being remembered.
  bool grave = false;
};

// Remembers who did what, for whoever asks later.
//
// Threads  any but the tick's; never waits.
class Audit {
 public:
  virtual ~Audit() = default;

  virtual void Note(const AuditEvent& event) = 0;
};

// Where nobody asks.
class NoAudit final : public Audit {
 public:
  void Note(const AuditEvent&) override {}
};

}  // namespace soarm
