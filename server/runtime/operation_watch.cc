#include "server/runtime/operation_watch.h"

#include <utility>
#include <vector>

namespace soarm {

std::uint64_t OperationWatch::Watch(control::GroupId group,
                                    const absl::StatusOr<control::OperationId>& begun,
                                    Completion done) {
  if (!begun.ok()) {
    callbacks_.Post([done = std::move(done), why = begun.status()] { done(why); });
    return 0;
  }
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_;
  waiting_[id] = {.group = group,
                  .operation = *begun,
                  .until = clock_.Now() + kTimeLimit,
                  .done = std::move(done)};
  return id;
}

void OperationWatch::Cancel(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  robot_.GiveUp(found->second.operation);
  callbacks_.Post([done = std::move(found->second.done)] {
    done(absl::CancelledError("the operation was cancelled"));
  });
  waiting_.erase(found);
}

void OperationWatch::OnWake(MonoTime now) {
  std::vector<std::pair<Completion, absl::Status>> answers;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = waiting_.begin(); next != waiting_.end();) {
      const auto entry = next++;
      Waiting& waiting = entry->second;
      std::optional<absl::Status> answer = robot_.TakeAnswer(waiting.operation);
      if (!answer && now >= waiting.until) {
        robot_.GiveUp(waiting.operation);
        answer = robot_.NoReply(waiting.group);
      }
      if (!answer) continue;
      answers.emplace_back(std::move(waiting.done), *std::move(answer));
      waiting_.erase(entry);
    }
  }
  for (const auto& [done, answer] : answers) done(answer);
}

void OperationWatch::End(const absl::Status& why) {
  std::map<std::uint64_t, Waiting> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(waiting_);
  }
  for (const auto& [id, waiting] : ended) {
    robot_.GiveUp(waiting.operation);
    waiting.done(why);
  }
}

}  // namespace soarm
