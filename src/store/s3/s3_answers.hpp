#pragma once

// What the object store says in XML, and what we say to it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace partwise::s3 {

struct ListedObject {
  std::string name;
  std::uint64_t bytes = 0;
  friend bool operator==(const ListedObject&, const ListedObject&) = default;
};

// Objects in ascending order of their names.
struct ListedPage {
  std::vector<ListedObject> objects;
  std::vector<std::string> folders;  // Of a list of one level.
  std::optional<std::string> next;  // The token for the page after this one; none: it was the last.
};

// The `Code` of an error, as NoSuchKey; empty where `text` is none.
[[nodiscard]] std::string error_code_of(std::string_view text);

// An answer to ListObjectsV2 with encoding-type=url. Error: internal (it is none).
[[nodiscard]] Result<ListedPage> parse_listed_page(std::string_view text);

// The request of DeleteObjects, quiet. `names` hold nothing that XML would have to escape.
[[nodiscard]] std::string removal_text(std::span<const std::string> names);

// The first code in an answer to it that says an object may still be there; empty: all are gone.
// Error: internal (it is no such answer).
[[nodiscard]] Result<std::string> first_failed_removal(std::string_view text);

}  // namespace partwise::s3
