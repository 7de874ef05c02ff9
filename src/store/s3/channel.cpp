#include "store/s3/channel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace partwise::s3 {

namespace {

constexpr int kPollMs = 200;  // How late a stop is seen.
constexpr std::string_view kNoBodySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

Channel::Channel(ChannelParts parts)
    : parts_(parts), multi_(parts.curl.multi_init()), easy_(parts.curl.easy_init()) {
  // One request at a time needs one connection.
  (void)parts_.curl.multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L);
}

Channel::~Channel() {
  end();
  parts_.curl.easy_cleanup(easy_);
  parts_.curl.multi_cleanup(multi_);
}

Result<Answer> Channel::exchange(const Request& request) {
  prepare(request);
  auto driven = drive(Until::end);
  Answer answer = std::move(answer_);
  end();
  if (!driven) return fail(std::move(driven).error());
  return answer;
}

Result<Answer> Channel::begin(const Request& request) {
  prepare(request);
  is_streaming_ = true;
  CHECK(drive(Until::head));
  // What is no content is small, and wanted whole.
  if (!answer_.is_success()) CHECK(drive(Until::end));
  return answer_;
}

Result<std::size_t> Channel::read(MutableBytes out) {
  window_ = out;
  const auto some = std::min(rest_.size() - rest_begin_, out.size());
  std::ranges::copy(std::span(rest_).subspan(rest_begin_, some), out.begin());
  rest_begin_ += some;
  if (rest_begin_ == rest_.size()) {
    rest_.clear();
    rest_begin_ = 0;
  }
  window_ = window_.subspan(some);
  CHECK(drive(Until::window));
  return out.size() - window_.size();
}

void Channel::end() {
  if (is_under_way_) (void)parts_.curl.multi_remove_handle(multi_, easy_);
  is_under_way_ = false;
  parts_.curl.slist_free_all(headers_);
  headers_ = nullptr;
  rest_.clear();
  rest_begin_ = 0;
  window_ = {};
}

void Channel::prepare(const Request& request) {
  end();
  parts_.curl.easy_reset(easy_);  // Connections stay.
  is_streaming_ = is_paused_ = has_ended_ = has_head_ = false;
  code_ = CURLE_OK;
  answer_ = {};
  sent_ = 0;
  failure_ = {};
  reason_[0] = '\0';
  url_ = parts_.location.url_of(request.name) + query_text(request.query);
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_ERRORBUFFER, reason_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_USERAGENT, "partwise/" PARTWISE_VERSION);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(parts_.limits.connect_timeout.count()));
  set(CURLOPT_BUFFERSIZE, static_cast<long>(parts_.limits.transfer_buffer_bytes));
  set(CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(parts_.limits.transfer_buffer_bytes));
  const std::string signing = fmt::format("aws:amz:{}:s3", parts_.location.region);
  set(CURLOPT_AWS_SIGV4, signing.c_str());
  set(CURLOPT_USERNAME, parts_.credentials.access_key.c_str());
  set(CURLOPT_PASSWORD, parts_.credentials.secret_key.c_str());
  set(CURLOPT_HEADERFUNCTION, &Channel::on_head);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Channel::on_content);
  set(CURLOPT_WRITEDATA, this);
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (request.method == "DELETE") set(CURLOPT_CUSTOMREQUEST, "DELETE");
  set_body(request);
  const auto add = [this](const std::string& header) {
    headers_ = parts_.curl.slist_append(headers_, header.c_str());
  };
  for (const std::string& header : request.headers) add(header);
  add(fmt::format("x-amz-content-sha256: {}",
                  request.body_sha256 ? to_hex(*request.body_sha256) : std::string(kNoBodySha256)));
  if (!parts_.credentials.session_token.empty()) {
    add("x-amz-security-token: " + parts_.credentials.session_token);
  }
  set(CURLOPT_HTTPHEADER, headers_);
  (void)parts_.curl.multi_add_handle(multi_, easy_);
  is_under_way_ = true;
  note_progress();
}

void Channel::set_body(const Request& request) {
  body_ = request.body;
  if (body_ == nullptr && request.method != "PUT") return;
  set(CURLOPT_UPLOAD, 1L);
  if (request.method == "POST") set(CURLOPT_CUSTOMREQUEST, "POST");
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body_ == nullptr ? 0 : body_->bytes()));
  set(CURLOPT_READFUNCTION, &Channel::on_body);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, &Channel::on_seek);
  set(CURLOPT_SEEKDATA, this);
}

bool Channel::has_reached(Until until) const {
  if (has_ended_) return true;
  if (until == Until::window) return window_.empty();
  return until == Until::head && has_head_ && (is_paused_ || answer_.status >= 300);
}

Result<> Channel::drive(Until until) {
  if (until == Until::window && is_paused_ && !window_.empty()) {
    is_paused_ = false;
    note_progress();
    (void)parts_.curl.easy_pause(easy_, CURLPAUSE_CONT);
  }
  while (!has_reached(until)) {
    int running = 0;
    (void)parts_.curl.multi_perform(multi_, &running);
    int queued = 0;
    while (const CURLMsg* message = parts_.curl.multi_info_read(multi_, &queued)) {
      if (message->msg != CURLMSG_DONE) continue;
      has_ended_ = true;
      code_ = message->data.result;
    }
    if (has_reached(until)) break;
    if (parts_.stopping.load())
      return fail(ErrorCode::unavailable, "The server is stopping. Try again later.");
    if (parts_.clock.monotonic_now() - progress_at_ > parts_.limits.stall_timeout) {
      return fail(ErrorCode::disconnected, "it was silent for too long");
    }
    (void)parts_.curl.multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
  return has_ended_ ? note_end() : Result<>{};
}

Result<> Channel::note_end() {
  if (!failure_) return failure_;
  if (code_ == CURLE_OK && has_head_) return {};
  return fail(ErrorCode::disconnected,
              reason_[0] != '\0' ? reason_.data() : parts_.curl.easy_strerror(code_));
}

void Channel::take_head_line(std::string_view line) {
  note_progress();
  if (line.starts_with("HTTP/")) {  // Also of each answer that is not the last one, as 100.
    const auto blank = std::min(line.find(' '), line.size());
    const auto digits = line.substr(std::min(blank + 1, line.size()), 3);
    answer_ = {};
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), answer_.status);
    return;
  }
  note_header(answer_, line);
  if ((line == "\r\n" || line == "\n") && answer_.status >= 200) has_head_ = true;
}

std::size_t Channel::take_content(Bytes piece) {
  note_progress();
  if (!is_streaming_ || !answer_.is_success()) {
    if (answer_.body.size() + piece.size() > parts_.limits.answer_bytes_max) {
      failure_ = fail(ErrorCode::disconnected, "its answer is too long");
      return 0;
    }
    answer_.body += as_text(piece);
    return piece.size();
  }
  if (window_.empty()) {  // It comes again.
    is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  const auto some = piece.first(std::min(piece.size(), window_.size()));
  std::ranges::copy(some, window_.begin());
  window_ = window_.subspan(some.size());
  const auto more = piece.subspan(some.size());
  rest_.assign(more.begin(), more.end());
  return piece.size();
}

std::size_t Channel::give_body(MutableBytes out) {
  note_progress();
  const std::uint64_t left = body_ == nullptr ? 0 : body_->bytes() - sent_;
  const auto window =
      out.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size())));
  if (window.empty()) return 0;
  failure_ = body_->read_at(sent_, window);
  if (!failure_) return CURL_READFUNC_ABORT;
  sent_ += window.size();
  return window.size();
}

std::size_t Channel::on_head(char* text, std::size_t size, std::size_t count, void* self) {
  static_cast<Channel*>(self)->take_head_line({text, size * count});
  return size * count;
}

std::size_t Channel::on_content(char* text, std::size_t size, std::size_t count, void* self) {
  return static_cast<Channel*>(self)->take_content(as_bytes({text, size * count}));
}

std::size_t Channel::on_body(char* text, std::size_t size, std::size_t count, void* self) {
  return static_cast<Channel*>(self)->give_body(
      std::as_writable_bytes(std::span(text, size * count)));
}

int Channel::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Channel*>(self)->sent_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace partwise::s3
