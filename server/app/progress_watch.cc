#include "server/app/progress_watch.h"

namespace soarm {

bool ProgressWatch::Advanced(const std::vector<BusState>& states) {
  bool advanced = true;
  for (std::size_t i = 0; i < states.size() && i < last_tick_.size(); ++i) {
    if (states[i].open && last_tick_[i] == states[i].tick) advanced = false;
    last_tick_[i] = states[i].tick;
  }
  return advanced;
}

}  // namespace soarm
