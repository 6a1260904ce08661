#pragma once

namespace soarm {

// True only in builds that prove that safety tests bite: gate and limits then pass everything, the
// edge lets targets through that are no numbers, and no current trips.
// Never shipped; the option SOARM_GATE_OFF is off by default.
#ifdef SOARM_GATE_OFF
constexpr bool IsGateOff() noexcept { return true; }
#else
constexpr bool IsGateOff() noexcept { return false; }
#endif

}  // namespace soarm
