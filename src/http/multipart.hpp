#pragma once

// Reads a form (multipart/form-data) out of a body, field by field, without holding more of it than
// one field's headers and a delimiter. Bulk content is not copied: it is handed out as it lies in
// the body's buffer, and only the end of a buffer that may be the start of a delimiter is kept
// back.
//
// What begins with the line after a field's headers may already be a delimiter (RFC 2046: the empty
// line's CR LF is then the delimiter's), so a field without content may be sent in both ways. A
// multipart inside a field is content like any other.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.hpp"
#include "http/form_delimiter.hpp"
#include "http/form_field.hpp"

namespace partwise::http {

struct FormLimits {
  std::size_t fields_max = 64;
  // Of one field, with their line ends.
  std::size_t header_bytes_max = 8 * kKiB;
  std::size_t headers_max = 16;
  // Before the first delimiter, and after the last one: mail has text there, forms have nothing.
  std::uint64_t preamble_bytes_max = 64 * kKiB;
  std::uint64_t epilogue_bytes_max = 64 * kKiB;
  // Content of fields that nobody asked for, of the whole form. It is skipped where the form is
  // read, which may be the loop: at memory speed this is a fraction of a millisecond.
  std::uint64_t skipped_content_bytes_max = 1 * kMiB;
  // All that is drawn from the body, fields that nobody asked for too. Without a limit here:
  // whoever knows what the form is for sets it.
  std::uint64_t form_bytes_max = UINT64_MAX;
};

// Errors of every verb: those of the body; would_block (await `wait`, then call again; nothing is
// lost); invalid_request for a malformed form, one without its last boundary, and one over a limit
// of FormLimits; too_large over form_bytes_max or
// skipped_content_bytes_max. Each but would_block is final. Used as a ByteSource
// is: by one Task at a time, the `_now` verbs on any thread.
class MultipartReader {
 public:
  // `boundary` as parse_boundary gives it. `body` must outlive the reader, and nobody else may pull
  // from it.
  MultipartReader(ByteSource& body, std::string_view boundary, FormLimits limits = {});
  MultipartReader(const MultipartReader&) = delete;
  MultipartReader& operator=(const MultipartReader&) = delete;

  // Drops what is left of the current field and reads the head of the next one. nullopt: the form
  // ended, and the body was read to its end.
  [[nodiscard]] Result<std::optional<FieldHead>> next_field_now();

  // The next piece of the current field, valid until the next call of any verb; empty at the
  // field's end, then and until the next field, and before the first one.
  [[nodiscard]] Result<Bytes> pull_content_now();

  // Until one of the verbs above may have something to say. On the loop.
  [[nodiscard]] Task<Result<>> wait() { return body_.wait(); }

  // The same as next_field_now, but waits. Never would_block.
  [[nodiscard]] Task<Result<std::optional<FieldHead>>> next_field();

  // What is left of the current field, as a text. Waits. Errors: too_large beyond `bytes_max`.
  [[nodiscard]] Task<Result<std::string>> read_field_text(std::size_t bytes_max);

 private:
  enum class State : std::uint8_t { preamble, headers, content, epilogue, ended };

  [[nodiscard]] Result<> refill();
  [[nodiscard]] Result<Bytes> pull_until_delimiter();
  [[nodiscard]] Bytes scan_window();
  [[nodiscard]] bool resume_candidate();
  [[nodiscard]] Result<std::optional<FieldHead>> advance();
  [[nodiscard]] Result<> count_skipped(std::uint64_t bytes, std::uint64_t bytes_max);
  [[nodiscard]] Result<FieldHead> read_headers();

  // Constant after construction.
  ByteSource& body_;
  const FormDelimiter delimiter_;
  const FormLimits limits_;

  State state_ = State::preamble;
  std::optional<Error> failure_;

  Bytes window_;  // What the body's last piece still holds.
  bool body_ended_ = false;
  std::uint64_t form_bytes_ = 0;
  std::uint64_t skipped_bytes_ = 0;  // Of the preamble or the epilogue.
  std::uint64_t skipped_content_bytes_ = 0;

  // A candidate for a delimiter that began before window_: its bytes so far, which are content if
  // it turns out to be none.
  std::optional<DelimiterMatch> candidate_;
  std::array<std::byte, kDelimiterBytesMax> carry_;
  std::size_t carry_bytes_ = 0;

  std::string header_lines_;
  std::size_t fields_ = 0;
};

// The content of a reader's current field, for consumers of bulk.
class FieldSource final : public ByteSource {
 public:
  explicit FieldSource(MultipartReader& form) : form_(form) {}

  [[nodiscard]] Result<Bytes> pull_now() override { return form_.pull_content_now(); }
  [[nodiscard]] Task<Result<>> wait() override { return form_.wait(); }

 private:
  MultipartReader& form_;
};

}  // namespace partwise::http
