#pragma once

namespace soarm {

// True only in builds that prove that safety tests bite: gate and limits then pass everything.
// Never shipped; the option SOARM_GATE_OFF is off by default.
#ifdef SOARM_GATE_OFF
constexpr bool IsGateOff() noexcept { return true; }
#else
constexpr bool IsGateOff() noexcept { return false; }
#endif

}  // namespace soarm
