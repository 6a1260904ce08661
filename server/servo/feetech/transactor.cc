#include "server/servo/feetech/transactor.h"

#include "server/servo/feetech/registers.h"

namespace soarm::servo::feetech {

Answer Transactor::Ask(std::uint8_t id, Block block, Reply reply, Nanos patience) noexcept {
  return AskOne(link_, requests_.bytes(), id, block, reply, patience);
}

Answer Transactor::Ping(std::uint8_t id, Nanos patience) noexcept {
  // A PING is, byte for byte, the answer of a servo whose status is PING's own number: an echo that
  // comes late cannot be told from it. A READ looks like an answer of two bytes, so that no echo
  // answers one of three or more.
  constexpr std::uint8_t kLikeAnEcho = 0x01;
  constexpr Block kProof{reg::kId.address, 3};
  requests_.Clear();
  const Answer first = requests_.Ping(id) ? Ask(id, {}, Reply::kAtOnce, patience) : Answer{};
  if (!first.answered || first.status != kLikeAnEcho) return first;
  Answer answer = Read(id, kProof, patience);
  answer.echoed = !answer.answered || answer.status != kLikeAnEcho;
  return answer;
}

Answer Transactor::Read(std::uint8_t id, Block block, Nanos patience) noexcept {
  const Block asked = link_.debts().Distinct(block, {&id, 1});
  // Every length is owed: asking now could not tell the answer from a late one.
  if (link_.debts().Owes(id, asked.count)) return {};
  requests_.Clear();
  return requests_.Read(id, asked) ? Ask(id, asked, Reply::kAtOnce, patience) : Answer{};
}

Answer Transactor::Write(std::uint8_t id, std::uint8_t address, std::span<const std::uint8_t> data,
                         bool acknowledged) noexcept {
  const Reply reply = !acknowledged         ? Reply::kNone
                      : IsStoredAt(address) ? Reply::kFlashesFirst
                                            : Reply::kAtOnce;
  requests_.Clear();
  return requests_.Write(id, address, data) ? Ask(id, {}, reply, Nanos(0)) : Answer{};
}

}  // namespace soarm::servo::feetech
