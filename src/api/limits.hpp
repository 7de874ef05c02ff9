#pragma once

// The limits of the API. The reasons stand beside the defaults; what an operator may have to
// change is a setting.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise::api {

struct ApiLimits {
  // A JSON body: a complete with 10 000 part ids has about 430 KiB.
  std::size_t json_bytes_max = 1 * kMiB;
  // A body that a verb does not ask for, as the `{}` of a cancel: read and dropped up to here, so
  // that the connection can go on.
  std::size_t ignored_bytes_max = 64 * kKiB;
  // One part, inclusive; the same as CoreLimits::part_bytes_max.
  std::uint64_t part_bytes_max = 64 * kMiB;
  // What a form may have around the data of a part: headers, other fields, boundaries.
  std::uint64_t form_overhead_bytes_max = 1 * kMiB;
  // The content of one file that is posted whole; the same as CoreLimits::file_bytes_max.
  std::uint64_t file_bytes_max = 512 * kMiB;
  // A text in a form: SHA-256 as 64 hexadecimal digits, and room for white space.
  std::size_t form_text_bytes_max = 256;
  // Objects on one page of a list. Source: the published description.
  std::uint32_t page_limit_max = 10'000;
};

}  // namespace partwise::api
