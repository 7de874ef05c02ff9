#pragma once

// What stands above one field of a form: its name, and for files their name and type.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::http {

struct FieldHead {
  std::string name;  // May be empty: a form may call a field that.
  std::optional<std::string> filename;
  std::optional<std::string> content_type;  // As sent.

  friend bool operator==(const FieldHead&, const FieldHead&) = default;
};

// Reads the header lines of one field, in any order and case; each ends with CR LF, which the
// caller has checked. Folded lines are unfolded. Headers that are not known are ignored. Errors:
// invalid_request for a malformed line, more than `headers_max` headers, a repeated header, a
// missing name, content in base64 or quoted-printable.
[[nodiscard]] Result<FieldHead> parse_field_head(std::string_view lines, std::size_t headers_max);

// The boundary of a form from the request's Content-Type, which must be multipart/form-data.
// Errors: invalid_request, in words that say what to send.
[[nodiscard]] Result<std::string> parse_boundary(std::string_view content_type);

}  // namespace partwise::http
