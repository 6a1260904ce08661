#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "server/core/pose_store.h"

namespace soarm {

// The poses of the configuration and, in a file beside them, those that operators saved. The file
// has the configuration's own form ([poses.GROUP.NAME]) and is replaced as a whole, so that it is
// never half written.
//
// Threads    any; a save waits for the disk under the lock.
class PoseBook final : public PoseStore {
 public:
  // Reads `path` if it exists; the folder is made by the first save. An empty path keeps saved
  // poses in memory only. A file that cannot be understood is left alone: the book then has the
  // configured poses, and neither saves nor deletes.
  // `may_write` is asked before the file is replaced, and refuses.
  PoseBook(
      std::string path, std::vector<NamedPose> configured,
      std::function<absl::Status()> may_write = [] { return absl::OkStatus(); });

  // What is wrong with the file; OK if nothing is.
  //   kFailedPrecondition  BAD_STATE_FILE
  const absl::Status& unreadable() const noexcept { return unreadable_; }

  std::vector<NamedPose> List() const override;
  absl::Status Save(const NamedPose& pose) override;
  absl::Status Delete(std::string_view group, std::string_view name) override;

 private:
  absl::Status Read();
  absl::Status RefuseChange(std::string_view group, std::string_view name) const;
  absl::Status Write(const std::vector<NamedPose>& poses) const;
  std::vector<NamedPose> Saved() const;
  void SetSaved(std::vector<NamedPose> poses);

  const std::string path_;
  const std::function<absl::Status()> may_write_;
  std::vector<NamedPose> configured_;  // constant from construction on, and so is the next
  absl::Status unreadable_;
  std::mutex writing_;  // held while the file is written, which may take as long as a disk hangs
  mutable std::mutex mutex_;
  std::vector<NamedPose> saved_;  // guarded by mutex_
};

}  // namespace soarm
