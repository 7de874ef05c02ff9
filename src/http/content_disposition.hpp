#pragma once

// The header Content-Disposition in both directions: read from the fields of a form (RFC 7578,
// WHATWG), written for downloads (RFC 6266). Names are opaque here: never a path, not checked to be
// UTF-8.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::http {

struct ContentDisposition {
  std::string type;  // In lower case: `form-data`.
  std::optional<std::string> name;
  std::optional<std::string> filename;  // From `filename*` if there is one, else from `filename`.

  friend bool operator==(const ContentDisposition&, const ContentDisposition&) = default;
};

// Reads what clients send: values quoted or not, %22 %0D %0A as browsers escape, backslash before a
// quote or a backslash as curl and RFC 822 do (a backslash before anything else stays, as in
// `C:\x.txt`), and `name*` / `filename*` of RFC 8187 in UTF-8 or ISO-8859-1. Unknown parameters are
// ignored. Errors: invalid_request for a malformed value, and for a parameter that is repeated.
[[nodiscard]] Result<ContentDisposition> parse_content_disposition(std::string_view value);

// The value of a download's header: `attachment; filename="…"; filename*=UTF-8''…`, with a fallback
// of plain ASCII for old clients. Whatever the name holds, the value is one line of printable
// ASCII; control characters become `_`, and so do path separators.
[[nodiscard]] std::string attachment_disposition(std::string_view filename);

}  // namespace partwise::http
