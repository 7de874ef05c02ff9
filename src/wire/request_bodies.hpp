#pragma once

// The JSON bodies of requests. Unknown keys are ignored. Where several things are wrong, a missing
// property is named first, in the order of the published description, then the rest in the order of
// the members here.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"

namespace partwise::wire {

// The purposes that any key may ask for, in the order in which the live service names them.
inline constexpr std::array<std::string_view, 6> kInputPurposes{"fine-tune", "assistants", "batch",
                                                                "user_data", "vision",     "evals"};

// Those that keys with the role `service` may ask for as well: after the input purposes, in the
// order of the published description.
inline constexpr std::array<std::string_view, 9> kServicePurposes{
    "fine-tune", "assistants",        "batch",        "user_data",        "vision",
    "evals",     "assistants_output", "batch_output", "fine-tune-results"};

// How many part ids one complete may name: as many as an upload can have parts.
inline constexpr std::size_t kPartIdsMax = 10'000;

// `POST /uploads`. Integers are strict: 1000.0 and 1e3 are numbers, but not integers.
struct CreateUploadBody {
  std::string filename;
  std::string purpose;  // One of those that were allowed.
  std::uint64_t bytes = 0;
  std::string mime_type;                              // Any text.
  std::optional<std::int64_t> expires_after_seconds;  // Any number; after created_at.
};

// Errors: invalid_request.
[[nodiscard]] Result<CreateUploadBody> parse_create_upload_body(
    std::string_view json, std::span<const std::string_view> purposes);

// `POST /uploads/{id}/complete`.
struct CompleteUploadBody {
  std::vector<std::string> part_ids;  // Any texts; at most kPartIdsMax.
  std::optional<Md5Digest> md5;       // Null and the empty text are none.
};

// `POST /keys`.
struct CreateKeyBody {
  std::string project;  // Any text.
  std::string name;     // Any text; empty where it is absent or null.
  std::string role;     // One of those that were allowed; the first of them where it is absent.
  std::optional<std::int64_t> expires_in_seconds;  // Any number.
};

// Errors: invalid_request.
[[nodiscard]] Result<CreateKeyBody> parse_create_key_body(std::string_view json,
                                                          std::span<const std::string_view> roles);

// Errors: invalid_request.
[[nodiscard]] Result<CompleteUploadBody> parse_complete_upload_body(std::string_view json);

// `expires_after` as one JSON object in a form, as the Ruby SDK sends it; null is none. Errors:
// invalid_request, param expires_after or a key of it.
[[nodiscard]] Result<std::optional<std::int64_t>> parse_expires_after_object(std::string_view json);

}  // namespace partwise::wire
