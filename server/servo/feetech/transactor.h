#pragma once

#include <cstdint>
#include <span>

#include "server/servo/bus/answer.h"
#include "server/servo/feetech/request_builder.h"

namespace soarm::servo::feetech {

// One request to one servo and its answer, in what a tick leaves over or while the bus is opened.
//
// Real time  every function; each waits at most for the answer's worst case.
class Transactor {
 public:
  Transactor(ServoLink& link, RequestBuilder& requests) noexcept
      : link_(link), requests_(requests) {}

  // `patience` as for ServoLink::Ask().
  Answer Ping(std::uint8_t id, Nanos patience = Nanos(0)) noexcept;
  // The answer covers at least `block`, possibly a few registers more (see Debts).
  Answer Read(std::uint8_t id, Block block, Nanos patience = Nanos(0)) noexcept;
  // `acknowledged`: the servo's response level makes it answer writes. An acknowledgement proves
  // little (a late one looks the same): what was written is read back by whoever cares.
  // A write that the role forbids is not sent.
  Answer Write(std::uint8_t id, std::uint8_t address, std::span<const std::uint8_t> data,
               bool acknowledged) noexcept;

  // What such a request usually takes at most.
  Nanos UsualRead(Block block) const noexcept { return link_.timer().Usual(8, 1, block.count); }
  Nanos UsualPing() const noexcept { return link_.timer().Usual(6, 1, 0); }

 private:
  Answer Ask(std::uint8_t id, Block block, Reply reply, Nanos patience) noexcept;

  ServoLink& link_;
  RequestBuilder& requests_;
};

}  // namespace soarm::servo::feetech
