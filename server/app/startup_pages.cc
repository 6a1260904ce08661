#include "server/app/startup_pages.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace soarm {
namespace {

// By the beginning of their files' names; the program's own is empty.
constexpr std::array<std::string_view, 6> kOfControlThreads = {
    "libc.so", "libm.so", "libstdc++.so", "libgcc_s.so", "ld-linux", "linux-vdso"};

bool IsOfControlThreads(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return name.empty() || std::ranges::any_of(kOfControlThreads, [&](std::string_view begin) {
           return name.starts_with(begin);
         });
}

// What may be written to is somebody's data, and stays.
int Release(dl_phdr_info* object, std::size_t, void*) {
  if (IsOfControlThreads(object->dlpi_name)) return 0;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    void* const address = reinterpret_cast<void*>(begin);
    if (::munlock(address, end - begin) == 0) ::madvise(address, end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ReleaseStartupPages() noexcept { ::dl_iterate_phdr(Release, nullptr); }

}  // namespace soarm
