#include "http/multipart.hpp"

#include <algorithm>
#include <utility>

namespace partwise::http {

namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

// In front of the first delimiter, and after a field's headers, its CR LF has been read already.
constexpr std::size_t kLineEndMatched = 2;

}  // namespace

MultipartReader::MultipartReader(ByteSource& body, std::string_view boundary, FormLimits limits)
    : body_(body),
      delimiter_(boundary),
      limits_(limits),
      candidate_(DelimiterMatch(delimiter_, kLineEndMatched)) {}

Result<std::optional<FieldHead>> MultipartReader::next_field_now() {
  if (failure_) return fail(*failure_);
  auto field = advance();
  if (!field && field.error().code != ErrorCode::would_block) failure_ = field.error();
  return field;
}

Result<Bytes> MultipartReader::pull_content_now() {
  if (failure_) return fail(*failure_);
  if (state_ != State::content) return Bytes{};
  auto content = pull_until_delimiter();
  if (!content && content.error().code != ErrorCode::would_block) failure_ = content.error();
  return content;
}

Task<Result<std::optional<FieldHead>>> MultipartReader::next_field() {
  for (;;) {
    auto field = next_field_now();
    if (field || field.error().code != ErrorCode::would_block) co_return field;
    CO_CHECK(co_await wait());
  }
}

Task<Result<std::string>> MultipartReader::read_field_text(std::size_t bytes_max) {
  std::string text;
  for (;;) {
    const auto piece = pull_content_now();
    if (!piece) {
      if (piece.error().code != ErrorCode::would_block) co_return fail(piece.error());
      CO_CHECK(co_await wait());
      continue;
    }
    if (piece->empty()) co_return text;
    if (piece->size() > bytes_max - text.size()) {
      co_return fail(ErrorCode::too_large,
                     "A field of the form is larger than " + std::to_string(bytes_max) + " bytes.");
    }
    text += as_text(*piece);
  }
}

Result<> MultipartReader::refill() {
  if (body_ended_) return {};
  TRY(window_, body_.pull_now());
  body_ended_ = window_.empty();
  if (window_.size() > limits_.form_bytes_max - form_bytes_) {
    return fail(ErrorCode::too_large,
                "The form is larger than " + std::to_string(limits_.form_bytes_max) + " bytes.");
  }
  form_bytes_ += window_.size();
  return {};
}

// Content up to the delimiter; empty once the delimiter was read, and state_ says what follows it.
Result<Bytes> MultipartReader::pull_until_delimiter() {
  for (;;) {
    if (window_.empty()) CHECK(refill());
    if (candidate_) {
      if (!resume_candidate()) continue;
      if (state_ != State::content && state_ != State::preamble) return Bytes{};
      if (carry_bytes_ > 0) return Bytes(carry_).first(std::exchange(carry_bytes_, 0));
      if (window_.empty()) continue;
    }
    if (window_.empty()) {
      return refuse(
          "The form ended before its last boundary: the body is cut off, or the boundary is "
          "not the one in the Content-Type.");
    }
    const Bytes content = scan_window();
    if (!content.empty()) return content;
  }
}

// What of the window is surely content. It is taken off; a candidate stays, and is then at the
// window's front.
Bytes MultipartReader::scan_window() {
  std::size_t at = 0;
  while ((at = delimiter_.find(window_, at)) < window_.size()) {
    DelimiterMatch match(delimiter_);
    if (match.feed(window_.subspan(at)).verdict != DelimiterMatch::Verdict::content) {
      candidate_.emplace(delimiter_);
      break;
    }
    at += delimiter_.text().size();  // Was there as a whole, and holds the start of no other.
  }
  const Bytes content = window_.first(at);
  window_ = window_.subspan(at);
  return content;
}

// Goes on with a candidate that the last window left open; whether it is settled. If it was
// content, carry_ holds what earlier windows had of it, and this window is looked at again from its
// start.
bool MultipartReader::resume_candidate() {
  using Verdict = DelimiterMatch::Verdict;
  const DelimiterMatch::Step step =
      body_ended_ ? DelimiterMatch::Step{candidate_->end(), 0} : candidate_->feed(window_);
  if (step.verdict == Verdict::undecided) {
    std::ranges::copy(window_, carry_.begin() + static_cast<std::ptrdiff_t>(carry_bytes_));
    carry_bytes_ += window_.size();
    window_ = {};
    return false;
  }
  candidate_.reset();
  if (step.verdict == Verdict::content) return true;
  window_ = window_.subspan(step.taken);
  carry_bytes_ = 0;
  state_ = step.verdict == Verdict::last ? State::epilogue : State::headers;
  skipped_bytes_ = 0;
  header_lines_.clear();
  return true;
}

Result<std::optional<FieldHead>> MultipartReader::advance() {
  while (state_ == State::preamble) {
    TRY(const Bytes skipped, pull_until_delimiter());
    CHECK(count_skipped(skipped.size(), limits_.preamble_bytes_max));
  }
  while (state_ == State::content) {
    TRY(const Bytes skipped, pull_until_delimiter());
    skipped_content_bytes_ += skipped.size();
    if (skipped_content_bytes_ > limits_.skipped_content_bytes_max) {
      return fail(ErrorCode::too_large,
                  "The form has fields that are not known here, with more than " +
                      std::to_string(limits_.skipped_content_bytes_max) + " bytes.");
    }
  }
  if (state_ == State::headers) return read_headers();
  while (state_ == State::epilogue) {
    CHECK(count_skipped(window_.size(), limits_.epilogue_bytes_max));
    window_ = {};
    CHECK(refill());
    if (body_ended_) state_ = State::ended;
  }
  return std::nullopt;
}

Result<> MultipartReader::count_skipped(std::uint64_t bytes, std::uint64_t bytes_max) {
  skipped_bytes_ += bytes;
  if (skipped_bytes_ <= bytes_max) return {};
  return refuse("The form has too much text outside of its fields.");
}

Result<FieldHead> MultipartReader::read_headers() {
  if (fields_ == limits_.fields_max) {
    return refuse("A form may have at most " + std::to_string(limits_.fields_max) + " fields.");
  }
  for (;;) {
    if (window_.empty()) CHECK(refill());
    if (window_.empty()) return refuse("The form ended inside the headers of a field.");
    const std::string_view text = as_text(window_);
    const std::size_t taken = std::min(text.find('\n'), text.size() - 1) + 1;
    if (taken > limits_.header_bytes_max - header_lines_.size()) {
      return refuse("The headers of a form field may have at most " +
                    std::to_string(limits_.header_bytes_max) + " bytes.");
    }
    header_lines_ += text.substr(0, taken);
    window_ = window_.subspan(taken);
    if (!header_lines_.ends_with('\n')) continue;
    if (!header_lines_.ends_with("\r\n")) {
      return refuse("Each header line of a form field must end with CR LF.");
    }
    if (header_lines_.size() == 2 || header_lines_.ends_with("\r\n\r\n")) break;
  }
  const std::string_view lines = header_lines_;
  TRY(FieldHead head, parse_field_head(lines.substr(0, lines.size() - 2), limits_.headers_max));
  ++fields_;
  state_ = State::content;
  candidate_.emplace(delimiter_, kLineEndMatched);
  return head;
}

}  // namespace partwise::http
