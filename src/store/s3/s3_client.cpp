#include "store/s3/s3_client.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace partwise::s3 {

namespace {

constexpr const char* kUnreachable = "The object store does not answer. Try again later.";
constexpr const char* kMisconfigured = "The object store refuses the server. Try again later.";

std::string what_of(const Request& request) {
  return fmt::format("{} {}", request.method, request.name.empty() ? "the bucket" : request.name);
}

// What another attempt may find otherwise: the store has too much to do, or content was damaged on
// its way.
bool is_passing(const Answer& answer) {
  if (answer.status == 429 || answer.status == 500 || answer.status == 502 ||
      answer.status == 503 || answer.status == 504) {
    return true;
  }
  if (answer.status != 400 && answer.status != 409) return false;
  const std::string code = error_code_of(answer.body);
  return code == "RequestTimeout" || code == "BadDigest" || code == "IncompleteBody" ||
         code == "XAmzContentSHA256Mismatch" || code == "ConditionalRequestConflict";
}

}  // namespace

Result<std::unique_ptr<S3Client>> S3Client::open(S3ClientParts parts) {
  TRY(auto curl, CurlLibrary::load());
  return std::unique_ptr<S3Client>(new S3Client(std::move(parts), std::move(curl)));
}

S3Client::S3Client(S3ClientParts parts, std::shared_ptr<const CurlLibrary> curl)
    : parts_(std::move(parts)),
      curl_(std::move(curl)),
      channels_({.curl = *curl_,
                 .location = parts_.location,
                 .credentials = parts_.credentials,
                 .limits = parts_.limits,
                 .clock = parts_.clock,
                 .stopping = stopping_}) {}

void S3Client::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
}

Result<> S3Client::rest(std::chrono::milliseconds time) {
  if (parts_.rest) {
    parts_.rest(time);
  } else {
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, time, [this] { return stopping_.load(); });
  }
  if (stopping_) return fail(ErrorCode::unavailable, "The server is stopping. Try again later.");
  return {};
}

Result<> S3Client::wait_after(const Error& error, Attempts& attempts, std::string_view what) {
  if (error.code != ErrorCode::disconnected) return fail(error);
  if (!attempts.may_try_again()) {
    parts_.log.error(fmt::format("the object store, {}: {}", what, error.message));
    return fail(ErrorCode::unavailable, kUnreachable);
  }
  parts_.log.debug(fmt::format("the object store, {}, again: {}", what, error.message));
  return rest(attempts.wait(0));
}

Result<Answer> S3Client::perform(const Request& request) {
  Attempts tries = attempts();
  for (;;) {
    auto answer = [&] {
      auto channel = channels_.take();
      return channel->exchange(request);
    }();
    if (!answer) {
      CHECK(wait_after(answer.error(), tries, what_of(request)));
      continue;
    }
    if (!is_passing(*answer)) return answer;
    if (!tries.may_try_again()) return refuse(*answer, what_of(request));
    CHECK(rest(tries.wait(answer->retry_after_s)));
  }
}

std::unexpected<Error> S3Client::refuse(const Answer& answer, std::string_view what) {
  const std::string code = error_code_of(answer.body);
  parts_.log.error(fmt::format("the object store, {}: {} {}", what, answer.status,
                               code.empty() ? "(no code)" : code));
  if (code == "QuotaExceeded" || answer.status == 507) {
    return fail(ErrorCode::out_of_space,
                "The object store has no room for this content, and nothing of it was kept. Free "
                "some space, for example by deleting files, before sending it again.");
  }
  return fail(ErrorCode::unavailable, is_passing(answer) ? kUnreachable : kMisconfigured);
}

Result<> S3Client::put(const std::string& name, RequestBody& body, const Sha256Digest& sha256) {
  const Request request{.method = "PUT",
                        .name = name,
                        .headers = {"Content-Type: application/octet-stream", "If-None-Match: *",
                                    fmt::format("{}: {}", kSha256Header, to_hex(sha256))},
                        .body = &body,
                        .body_sha256 = sha256};
  TRY(const Answer answer, perform(request));
  if (answer.is_success()) return {};
  if (answer.status != 412) return refuse(answer, what_of(request));
  return settle_taken_name(name, body.bytes(), sha256);
}

// The name is taken: by somebody else, or by an attempt of ours whose answer was lost. libcurl
// makes some of these by itself, where a connection that it had kept turns out to be closed.
Result<> S3Client::settle_taken_name(const std::string& name, std::uint64_t bytes,
                                     const Sha256Digest& sha256) {
  TRY(const ObjectStatus found, status(name));
  if (found.bytes == bytes && found.sha256 == to_hex(sha256)) return {};
  parts_.log.error(fmt::format("the object store has another object of the name {}", name));
  return fail(ErrorCode::io_failure, "The object store has other content under this name.");
}

Result<ObjectStatus> S3Client::status(const std::string& name) {
  const Request request{.method = "HEAD", .name = name};
  TRY(Answer answer, perform(request));
  if (answer.status == 404) return fail(ErrorCode::not_found, "There is no such object.");
  if (!answer.is_success()) return refuse(answer, what_of(request));
  return ObjectStatus{.bytes = answer.content_length, .sha256 = std::move(answer.content_sha256)};
}

Result<std::string> S3Client::get_small(const std::string& name) {
  const Request request{.method = "GET", .name = name};
  TRY(Answer answer, perform(request));
  if (answer.status == 404 && error_code_of(answer.body) == "NoSuchKey") {
    return fail(ErrorCode::not_found, "There is no such object.");
  }
  if (!answer.is_success()) return refuse(answer, what_of(request));
  return std::move(answer.body);
}

Result<> S3Client::remove(std::span<const std::string> names) {
  while (!names.empty()) {
    const auto some = names.first(std::min(names.size(), parts_.limits.names_per_removal));
    names = names.subspan(some.size());
    const std::string text = removal_text(some);
    TextBody body(text);
    const Request request{.method = "POST",
                          .query = {{"delete", ""}},
                          .headers = {"Content-Type: application/xml",
                                      "Content-MD5: " + base64_text(md5(as_bytes(text)))},
                          .body = &body,
                          .body_sha256 = sha256(as_bytes(text))};
    TRY(const Answer answer, perform(request));
    if (!answer.is_success()) return refuse(answer, "the removal of objects");
    const auto failed = first_failed_removal(answer.body);
    if (failed && failed->empty()) continue;
    parts_.log.error(fmt::format("the object store did not remove an object: {}",
                                 failed ? *failed : failed.error().message));
    return fail(ErrorCode::unavailable, kUnreachable);
  }
  return {};
}

Result<> S3Client::copy(const std::string& from, const std::string& to) {
  const Request request{
      .method = "PUT",
      .name = to,
      .headers = {fmt::format("x-amz-copy-source: /{}/{}", parts_.location.bucket, from)}};
  TRY(const Answer answer, perform(request));
  if (answer.status == 404) return fail(ErrorCode::not_found, "There is no such object.");
  // A copy that fails late answers 200 with an error.
  if (answer.is_success() && answer.body.contains("CopyObjectResult")) return {};
  return refuse(answer, what_of(request));
}

Result<ListedPage> S3Client::list(const ListQuery& query) {
  Request request{.method = "GET",
                  .query = {{"list-type", "2"},
                            {"encoding-type", "url"},
                            {"prefix", query.prefix},
                            {"max-keys", fmt::format("{}", parts_.limits.names_per_page)}}};
  if (query.level) request.query.emplace_back("delimiter", "/");
  if (query.token) request.query.emplace_back("continuation-token", *query.token);
  TRY(const Answer answer, perform(request));
  if (!answer.is_success()) return refuse(answer, "the list of objects");
  auto page = parse_listed_page(answer.body);
  if (page) return page;
  parts_.log.error("the object store's list cannot be understood");
  return fail(ErrorCode::unavailable, kUnreachable);
}

Result<S3Client::Stream> S3Client::stream(const std::string& name, std::uint64_t offset,
                                          std::optional<std::uint64_t> end, Attempts& tries) {
  Request request{.method = "GET", .name = name};
  request.headers = {end ? fmt::format("Range: bytes={}-{}", offset, *end - 1)
                         : fmt::format("Range: bytes={}-", offset)};
  for (;;) {
    Stream stream{.channel = channels_.take()};
    const auto answer = stream.channel->begin(request);
    if (!answer) {
      CHECK(wait_after(answer.error(), tries, what_of(request)));
      continue;
    }
    const bool is_content = answer->status == 206 || (answer->status == 200 && offset == 0);
    if (is_content && answer->content_length > 0) {
      stream.bytes = answer->content_length;
      return stream;
    }
    if (answer->status == 404 && error_code_of(answer->body) == "NoSuchKey") {
      return fail(ErrorCode::not_found, "There is no such object.");
    }
    if (answer->status == 416 || is_content) {
      return fail(ErrorCode::too_large, "The object ends before.");
    }
    if (!is_passing(*answer) || !tries.may_try_again()) return refuse(*answer, what_of(request));
    CHECK(rest(tries.wait(answer->retry_after_s)));
  }
}

}  // namespace partwise::s3
