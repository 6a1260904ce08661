#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/remote_callers.h"

namespace soarm {

// The connections that came in by TLS and last, and the newest of those that have ended.
//
// Threads  any; its lock is a leaf.
class CallerTable final : public RemoteCallers {
 public:
  // Of ended ones. A call outlives its connection by moments: in those no more of them end.
  static constexpr std::size_t kMostEnded = 1024;

  void Add(std::string_view connection, RemoteCaller caller);
  void Remove(std::string_view connection);
  void SetSilent(std::string_view connection, bool is_silent);
  // The connection is ended for what it said.
  void CountCutOff();

  // Since the start: how many were cut off, and how often one fell silent.
  std::uint64_t cut_off() const;
  std::uint64_t stalled() const;
  std::optional<RemoteCaller> Find(std::string_view connection) const override;
  std::optional<RemoteCaller> FindEnded(std::string_view connection) const override;

 private:
  using Callers = std::map<std::string, RemoteCaller, std::less<>>;
  static std::optional<RemoteCaller> In(const Callers& callers, std::string_view connection);

  mutable std::mutex mutex_;  // guards what follows
  Callers callers_;
  Callers ended_;
  std::deque<std::string> order_;  // of ended_; the oldest first
  std::uint64_t cut_off_ = 0;
  std::uint64_t stalled_ = 0;
};

}  // namespace soarm
