#include "http/form_field.hpp"

#include <algorithm>
#include <utility>

#include "http/content_disposition.hpp"
#include "http/form_delimiter.hpp"
#include "http/grammar.hpp"
#include "http/header_parameters.hpp"

namespace partwise::http {

namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

// The headers of a field that mean something here.
struct KnownHeaders {
  std::optional<std::string> disposition;
  std::optional<std::string> content_type;
  std::optional<std::string> transfer_encoding;

  std::optional<std::string>* find(std::string_view name) {
    if (equal_ignoring_case(name, "Content-Disposition")) return &disposition;
    if (equal_ignoring_case(name, "Content-Type")) return &content_type;
    if (equal_ignoring_case(name, "Content-Transfer-Encoding")) return &transfer_encoding;
    return nullptr;
  }
};

Result<> take_header(KnownHeaders& known, std::string_view line) {
  std::string_view value = line;
  const std::string_view name = cut_front(value, ':');
  if (name.size() == line.size() || !is_token(name)) {
    return refuse("A header of a form field must be a name, a colon and a value.");
  }
  std::optional<std::string>* const slot = known.find(name);
  if (slot == nullptr) return {};
  if (*slot) return refuse("The header " + std::string(name) + " of a form field is repeated.");
  *slot = trim(value);
  return {};
}

Result<KnownHeaders> read_headers(std::string_view lines, std::size_t headers_max) {
  KnownHeaders known;
  for (std::size_t count = 0; !lines.empty();) {
    std::string header;
    do {
      std::string_view line = cut_front(lines, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (has_control(line)) {
        return refuse("A header of a form field may not contain control characters.");
      }
      header += line;
    } while (lines.starts_with(' ') || lines.starts_with('\t'));
    if (++count > headers_max) {
      return refuse("A form field may have at most " + std::to_string(headers_max) + " headers.");
    }
    CHECK(take_header(known, header));
  }
  return known;
}

}  // namespace

Result<FieldHead> parse_field_head(std::string_view lines, std::size_t headers_max) {
  TRY(KnownHeaders known, read_headers(lines, headers_max));
  if (!known.disposition) {
    return refuse("Each field of a form needs a Content-Disposition with its name.");
  }
  TRY(ContentDisposition disposition, parse_content_disposition(*known.disposition));
  if (disposition.type != "form-data" || !disposition.name) {
    return refuse("The Content-Disposition of a form field must be form-data with a name.");
  }
  if (const auto& encoding = known.transfer_encoding; encoding) {
    // Content is kept as it arrives. RFC 7578, section 4.7 deprecates these; binary, 8bit and 7bit
    // change nothing.
    if (equal_ignoring_case(*encoding, "base64") ||
        equal_ignoring_case(*encoding, "quoted-printable")) {
      return refuse("The content of a form field must be sent as it is, not in " + *encoding + ".");
    }
  }
  return FieldHead{.name = std::move(*disposition.name),
                   .filename = std::move(disposition.filename),
                   .content_type = std::move(known.content_type)};
}

Result<std::string> parse_boundary(std::string_view content_type) {
  HeaderParameters parameters(content_type);
  if (!equal_ignoring_case(parameters.front(), "multipart/form-data")) {
    return refuse(
        "This request needs a form: send it with 'Content-Type: multipart/form-data' and a "
        "boundary, "
        "as curl -F does.");
  }
  std::optional<std::string> boundary;
  for (;;) {
    TRY(auto parameter, parameters.next());
    if (!parameter) break;
    if (!equal_ignoring_case(parameter->name, "boundary")) continue;
    if (boundary) return refuse("The boundary in the Content-Type is repeated.");
    boundary = std::move(parameter->value);
  }
  if (!boundary) {
    return refuse(
        "The Content-Type multipart/form-data needs a boundary: let your HTTP client set this "
        "header.");
  }
  // More characters than RFC 2046 has: some clients use asterisks.
  const bool printable =
      std::ranges::all_of(*boundary, [](char c) { return c >= ' ' && c <= '~'; });
  if (boundary->empty() || boundary->size() > kBoundaryBytesMax || !printable ||
      boundary->back() == ' ') {
    return refuse(
        "The boundary in the Content-Type must have 1 to 70 printable characters of ASCII.");
  }
  return std::move(*boundary);
}

}  // namespace partwise::http
