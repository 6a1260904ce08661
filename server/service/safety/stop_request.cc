#include "server/service/safety/stop_request.h"

#include <cstdint>
#include <optional>
#include <utility>

#include <google/protobuf/unknown_field_set.h>

#include "common/base/clean_text.h"
#include "server/core/stop.h"
#include "soarm/v1/safety.pb.h"

namespace soarm {
namespace {

using google::protobuf::UnknownField;

// Many more than a robot has. Each unknown one is answered with a note.
constexpr std::size_t kMostGroups = 64;

std::optional<StopLevel> ReadLevel(std::uint64_t level) {
  switch (level) {
    case v1::StopRequest::LEVEL_UNSPECIFIED:
    case v1::StopRequest::HOLD:
      return StopLevel::kHold;
    case v1::StopRequest::SOFT_HOLD:
      return StopLevel::kSoftHold;
    case v1::StopRequest::RELEASE:
      return StopLevel::kRelease;
    default:
      return std::nullopt;
  }
}

StopAsked HoldEverything(std::string note, std::string reason) {
  StopAsked asked;
  asked.reason = std::move(reason);
  asked.notes.push_back(std::move(note) + ": everything holds.");
  return asked;
}

}  // namespace

StopAsked LostStopRequest() {
  return HoldEverything("The request was lost with its caller",
                        "a stop request that was lost, as its caller went away at once");
}

// Field by field: Protobuf's own parser refuses all of a message because of one text.
StopAsked ReadStopRequest(std::string_view bytes) {
  constexpr std::string_view kNoRequest = "The request is not a soarm.v1.StopRequest";
  constexpr std::string_view kReason = "a stop request that could not be read";
  google::protobuf::UnknownFieldSet fields;
  if (!fields.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return HoldEverything(std::string(kNoRequest), std::string(kReason));
  }
  StopAsked asked;
  std::uint64_t level = v1::StopRequest::LEVEL_UNSPECIFIED;
  bool understood = true;
  bool too_many = false;
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    const bool is_text = field.type() == UnknownField::TYPE_LENGTH_DELIMITED;
    switch (field.number()) {
      case v1::StopRequest::kGroupsFieldNumber:
        understood = understood && is_text;
        too_many = too_many || asked.groups.size() >= kMostGroups;
        if (understood && !too_many) asked.groups.push_back(field.length_delimited());
        break;
      case v1::StopRequest::kLevelFieldNumber:
        understood = understood && field.type() == UnknownField::TYPE_VARINT;
        if (understood) level = field.varint();
        break;
      case v1::StopRequest::kReasonFieldNumber:
        understood = understood && is_text;
        if (understood) asked.reason = CleanText(field.length_delimited(), kLongestReason);
        break;
      default:  // of a newer contract
        break;
    }
  }
  if ((!understood || too_many) && asked.reason.empty()) asked.reason = kReason;
  if (!understood) {
    return HoldEverything(std::string(kNoRequest), asked.reason);
  }
  if (too_many) {
    return HoldEverything("The request names more than 64 groups", std::move(asked.reason));
  }
  const std::optional<StopLevel> known = ReadLevel(level);
  if (!known)
    return HoldEverything("There is no stop level " + std::to_string(level), asked.reason);
  asked.level = *known;
  return asked;
}

}  // namespace soarm
