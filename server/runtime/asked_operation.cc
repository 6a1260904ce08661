#include "server/runtime/asked_operation.h"

#include <optional>
#include <utility>

namespace soarm {

bool AskedOperation::Look(MonoTime now, Calls& calls) {
  std::optional<absl::Status> answer = robot_.TakeAnswer(operation_);
  if (!answer && now >= until_) {
    robot_.GiveUp(operation_);
    answer = robot_.NoReply(group_);
  }
  if (!answer) return false;
  calls.emplace_back([done = done_, answer = *std::move(answer)] { done(answer); });
  return true;
}

bool AskedOperation::GiveUp(Calls& calls) {
  End(absl::CancelledError("the operation was cancelled"), calls);
  return true;
}

void AskedOperation::End(const absl::Status& why, Calls& calls) {
  robot_.GiveUp(operation_);
  calls.emplace_back([done = done_, why] { done(why); });
}

}  // namespace soarm
