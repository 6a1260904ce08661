#include "server/sim/reply_faults.h"

namespace soarm::sim {

void ChangeByte(std::uint8_t& byte, std::mt19937_64& random) {
  const auto mask = std::uniform_int_distribution<int>(1, 255)(random);
  byte = static_cast<std::uint8_t>(byte ^ mask);
}

bool ReplyFaults::Apply(std::vector<std::uint8_t>& bytes, std::mt19937_64& random) {
  if (mute) return false;
  if (drop > 0) {
    --drop;
    return false;
  }
  if (truncate > 0) {
    --truncate;
    bytes.resize(std::uniform_int_distribution<std::size_t>(1, bytes.size() - 1)(random));
  }
  if (corrupt > 0) {
    --corrupt;
    ChangeByte(bytes[std::uniform_int_distribution<std::size_t>(0, bytes.size() - 1)(random)],
               random);
  }
  if (byte_error_rate > 0) {
    std::bernoulli_distribution hit(byte_error_rate);
    for (std::uint8_t& byte : bytes) {
      if (hit(random)) ChangeByte(byte, random);
    }
  }
  return true;
}

}  // namespace soarm::sim
