#pragma once

// Digests as clients write them: hexadecimal in any case, or base64.

#include <optional>
#include <string_view>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace partwise::wire {

// No digest for the empty text, which clients send for "none". Errors: invalid_request, param
// `path`.
[[nodiscard]] Result<std::optional<Md5Digest>> parse_md5(std::string_view text,
                                                         std::string_view path);
[[nodiscard]] Result<std::optional<Sha256Digest>> parse_sha256(std::string_view text,
                                                               std::string_view path);

}  // namespace partwise::wire
