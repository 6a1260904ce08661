#pragma once

namespace soarm {

// Opens /dev/null in place of those of the descriptors 0, 1 and 2 that are closed: else the next
// thing that is opened, a servo bus even, would be somebody's stderr. First of all in main().
void OpenStandardFiles();

}  // namespace soarm
