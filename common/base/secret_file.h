#pragma once

#include <string>

#include <sys/types.h>

#include "common/base/small_file.h"

namespace soarm {

// Why somebody else than `user` may know the secret in `file`, which was read, or have put it
// there: "its mode is 0644"; empty where only `user` and root can. As ssh has it with its keys.
std::string WhyNoSecret(const SmallFile& file, uid_t user);

// Makes the file at `path` that of this process's user, and nobody else's. 0, or an errno.
int KeepFromOthers(const std::string& path);

}  // namespace soarm
