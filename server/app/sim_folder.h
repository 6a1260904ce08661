#pragma once

#include <string>

namespace soarm {

// Makes a private folder for the links of simulated buses, "" with errno set when that fails, and
// removes those of daemons that were killed: their process is gone and their links lead nowhere.
// The folder's own is removed by whoever made it.
std::string MakeSimFolder();

}  // namespace soarm
