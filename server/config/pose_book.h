#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

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
  // poses in memory only.
  //   kFailedPrecondition  BAD_STATE_FILE: the file is there and cannot be understood
  static absl::StatusOr<std::unique_ptr<PoseBook>> Open(std::string path,
                                                        std::vector<NamedPose> configured);

  std::vector<NamedPose> List() const override;
  absl::Status Save(const NamedPose& pose) override;
  absl::Status Delete(std::string_view group, std::string_view name) override;

 private:
  PoseBook(std::string path, std::vector<NamedPose> configured, std::vector<NamedPose> saved)
      : path_(std::move(path)), configured_(std::move(configured)), saved_(std::move(saved)) {}
  absl::Status RefuseConfigured(std::string_view group, std::string_view name) const;
  absl::Status Write(const std::vector<NamedPose>& poses) const;

  const std::string path_;
  const std::vector<NamedPose> configured_;
  mutable std::mutex mutex_;
  std::vector<NamedPose> saved_;  // guarded by mutex_
};

}  // namespace soarm
