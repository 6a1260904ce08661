#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "server/core/client_store.h"

namespace soarm {

// The paired clients, in a file of the state directory that is replaced as a whole. It is read
// strictly: of a file that is not understood nobody is let in, and it is left alone.
//
// Threads  any; CheckRoom(), Add() and Save() wait for the disk, and nobody else for them.
class ClientBook final : public ClientStore {
 public:
  // More would not be looked through by anybody. Beyond it the longest known of those that were
  // revoked are forgotten.
  static constexpr std::size_t kMostClients = 200;

  // Reads `path` if it exists. An empty path keeps clients in memory only. `may_write` is asked
  // before the file is replaced, and refuses.
  explicit ClientBook(
      std::string path, std::function<absl::Status()> may_write = [] { return absl::OkStatus(); });

  const absl::Status& unreadable() const noexcept override { return unreadable_; }
  std::optional<PairedClient> Find(std::string_view fingerprint) const override;
  std::vector<PairedClient> List() const override;
  absl::Status CheckRoom() override;
  absl::Status Add(const PairedClient& client) override;
  absl::StatusOr<PairedClient> Revoke(std::string_view client) override;
  absl::Status Save() override;

 private:
  absl::Status Read();
  // The file as it should be. Wants writing_ held.
  absl::Status WriteAll();
  absl::Status Write(const std::vector<PairedClient>& clients) const;
  std::vector<PairedClient> Clients() const;

  const std::string path_;
  const std::function<absl::Status()> may_write_;
  absl::Status unreadable_;  // constant from construction on
  std::mutex writing_;  // held while the file is written, which may take as long as a disk hangs
  mutable std::mutex mutex_;
  std::vector<PairedClient> clients_;  // guarded by mutex_; in the order of pairing
  std::uint64_t revocations_ = 0;      // guarded by mutex_
  std::uint64_t saved_ = 0;            // of them; guarded by mutex_
};

}  // namespace soarm
