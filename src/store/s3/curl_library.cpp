#include "store/s3/curl_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

namespace partwise::s3 {

namespace {

// The same interface, over either library for TLS.
constexpr std::array kNames{"libcurl.so.4", "libcurl-gnutls.so.4"};
// Signs the headers of the caller, and takes the digest of the payload from one of them.
constexpr unsigned kOldest = 0x075600;

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool find_all(void* library, CurlLibrary& curl) {
  return find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
         find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
         find(library, "curl_easy_init", curl.easy_init) &&
         find(library, "curl_easy_pause", curl.easy_pause) &&
         find(library, "curl_easy_reset", curl.easy_reset) &&
         find(library, "curl_easy_setopt", curl.easy_setopt) &&
         find(library, "curl_easy_strerror", curl.easy_strerror) &&
         find(library, "curl_global_init", curl.global_init) &&
         find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
         find(library, "curl_multi_cleanup", curl.multi_cleanup) &&
         find(library, "curl_multi_info_read", curl.multi_info_read) &&
         find(library, "curl_multi_init", curl.multi_init) &&
         find(library, "curl_multi_perform", curl.multi_perform) &&
         find(library, "curl_multi_poll", curl.multi_poll) &&
         find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
         find(library, "curl_multi_setopt", curl.multi_setopt) &&
         find(library, "curl_slist_append", curl.slist_append) &&
         find(library, "curl_slist_free_all", curl.slist_free_all) &&
         find(library, "curl_version_info", curl.version_info);
}

void* open_library() {
  for (const char* name : kNames) {
    if (void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

}  // namespace

Result<std::shared_ptr<const CurlLibrary>> CurlLibrary::load() {
  // Never closed: it is wanted until the process ends.
  void* library = open_library();
  if (library == nullptr) {
    return fail(ErrorCode::invalid_request,
                fmt::format("S3 needs {}, which is not installed (Debian: libcurl4).", kNames[0]));
  }
  auto curl = std::make_shared<CurlLibrary>();
  if (!find_all(library, *curl) || curl->version_info(CURLVERSION_NOW)->version_num < kOldest) {
    return fail(ErrorCode::invalid_request, "libcurl is too old: S3 needs 7.86 or newer.");
  }
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return fail(ErrorCode::invalid_request, "libcurl could not be initialized.");
  }
  return curl;
}

}  // namespace partwise::s3
