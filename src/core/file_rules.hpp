#pragma once

// What may be created, as pure functions: the name, the life and the content of a file, whether it
// is posted whole or made from an upload. Sources: the published description and recorded live
// traffic.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "core/limits.hpp"
#include "core/purpose.hpp"

namespace partwise {

// What `POST /files` asks for beside the content, already parsed.
struct CreateFileRequest {
  std::string filename;
  Purpose purpose = Purpose::assistants;
  std::optional<std::chrono::seconds> expires_after;
};

// Errors: invalid_request, param filename.
[[nodiscard]] Result<> check_filename(std::string_view filename, const CoreLimits& limits);

// Errors: invalid_request, param expires_after.seconds.
[[nodiscard]] Result<> check_expires_after(std::optional<std::chrono::seconds> expires_after,
                                           const CoreLimits& limits);

// All of the above, and the file name's extension, where there is one, against the purpose. Errors:
// invalid_request.
[[nodiscard]] Result<> check_new_file(const CreateFileRequest& request, const CoreLimits& limits);

// The largest content of a posted file.
[[nodiscard]] std::uint64_t file_bytes_max(Purpose purpose, const CoreLimits& limits);

// Content over file_bytes_max: too_large, or for batches invalid_request as the live service has
// it.
[[nodiscard]] Error file_too_large(Purpose purpose, const CoreLimits& limits);

// The life of a file from its creation: as asked, else of its purpose, else endless.
[[nodiscard]] std::optional<std::chrono::seconds> file_ttl_of(
    Purpose purpose, std::optional<std::chrono::seconds> expires_after, const CoreLimits& limits);

}  // namespace partwise
