# Writes OUTPUT, the source behind common/version/version.h. Run at build time:
#   cmake -D OUTPUT=... -D NUMBER=0.1.0 -D SOURCE_DIR=... -P WriteVersion.cmake

set(version "${NUMBER}")
execute_process(
  COMMAND git -C "${SOURCE_DIR}" describe --always --dirty=.dirty --match "" --abbrev=7
  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE result ERROR_QUIET)
# A source archive has no git, and inside somebody else's repository git would describe that one.
if(result EQUAL 0 AND EXISTS "${SOURCE_DIR}/.git")
  string(APPEND version "+g${commit}")
endif()

file(CONFIGURE OUTPUT "${OUTPUT}" @ONLY CONTENT [[
#include "common/version/version.h"

namespace soarm {

std::string_view Version() noexcept { return "@version@"; }

}  // namespace soarm
]])
