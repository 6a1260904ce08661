#pragma once

#include "server/sim/byte_log.h"
#include "server/sim/sim_controls.h"
#include "soarm/sim/v1/sim.pb.h"

namespace soarm {

// Converters between the simulator's structs and its messages. Pure.

sim::v1::Truth ToProto(const sim::BusTruth& truth);

// Bytes that followed each other at an even distance become one entry, so that no stamp is lost.
sim::v1::ReadByteLogResponse ToProto(const sim::ByteLog::Extract& extract);

}  // namespace soarm
