#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>

namespace soarm::tls {

// OpenSSL reads and writes its texts through these.
struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free_all(bio); }
};
using MemoryBio = std::unique_ptr<BIO, FreeBio>;

// `text` must outlive it.
inline MemoryBio ReadingBio(std::string_view text) {
  return MemoryBio(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
inline MemoryBio WritingBio() { return MemoryBio(::BIO_new(::BIO_s_mem())); }

inline std::string TextOf(const MemoryBio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace soarm::tls
