#include "server/service/edge/fingerprint.h"

#include <cstdint>
#include <string_view>

namespace soarm {
namespace {

// FNV-1a, 64 bit, over text and fixed-size numbers; a name, not a secret.
class Fingerprint {
 public:
  void Add(std::string_view text) {
    for (const char c : text) AddByte(static_cast<std::uint8_t>(c));
    AddByte(0);  // "ab","c" differs from "a","bc"
  }
  void Add(std::int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) AddByte(static_cast<std::uint8_t>(number >> shift));
  }
  std::string Hex() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[(hash_ >> shift) & 0xFU];
    return text;
  }

 private:
  void AddByte(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

}  // namespace

Fingerprints FingerprintOf(const std::vector<GroupInfo>& groups,
                           const std::vector<BusDescription>& descriptions) {
  Fingerprint schema;
  Fingerprint calibration;
  for (const GroupInfo& group : groups) {
    schema.Add(group.name);
    const auto& joints = descriptions[group.bus].joints;
    for (std::size_t i = 0; i < joints.size(); ++i) {
      if ((group.joints & MaskOf(i)) == 0) continue;
      const JointModel& joint = joints[i];
      schema.Add(joint.name.view());
      schema.Add(joint.kind == JointKind::kVelocity ? "rad/s" : "rad");
      for (Fingerprint* hash : {&schema, &calibration}) {
        hash->Add(joint.sign);
        hash->Add(joint.zero_ticks);
      }
      calibration.Add(joint.lower_raw);
      calibration.Add(joint.upper_raw);
    }
  }
  return {schema.Hex(), calibration.Hex()};
}

}  // namespace soarm
