#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/core/stop_store.h"

namespace soarm {

// The stops that stand, in a file of the state directory that is replaced as a whole. It is read
// strictly: a file that is cut short, or has anything that is not known, is not understood at all.
// What was not understood is put aside under another name, PATH.unreadable, before it is replaced.
// What was cleared, and could not be replaced, gets one too: that works on a full disk. It is
// called PATH.cleared where nothing stands any more, else PATH.outdated. Times are kept by the wall
// clock, since that is what goes on while the machine is off.
//
// Threads  one call at a time.
class StopFile final : public StopStore {
 public:
  // `may_write` is asked before anything is changed, and refuses.
  explicit StopFile(
      std::string path, std::function<absl::Status()> may_write = [] { return absl::OkStatus(); })
      : path_(std::move(path)), may_write_(std::move(may_write)) {}

  absl::StatusOr<KeptStops> Load() override;
  absl::Status Save(const KeptStops& stops) override;
  bool Remains() override;
  absl::Status Withdraw(bool stands) override;

 private:
  absl::StatusOr<KeptStops> Read() const;
  absl::StatusOr<KeptStops> ReadWithdrawn() const;
  void PutAside() const;
  void RemoveWithdrawn() const;

  const std::string path_;
  const std::function<absl::Status()> may_write_;
  const std::string aside_ = path_ + ".unreadable";
  const std::string cleared_ = path_ + ".cleared";
  const std::string outdated_ = path_ + ".outdated";
  bool unreadable_ = false;  // what is there now
};

}  // namespace soarm
