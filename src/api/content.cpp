#include "api/content.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/error_response.hpp"
#include "api/manifest_body.hpp"
#include "http/byte_range.hpp"
#include "http/content_disposition.hpp"

namespace partwise::api {

namespace {

using Kind = http::RangeAnswer::Kind;

// Files never change, so that a file's id is all its content's tag has to say.
std::string etag_of(const StoredFile& file) { return "\"" + file.id.text + "\""; }

// The part of the file that the request asks for.
http::RangeAnswer range_of(const http::RequestHead& head, const StoredFile& file) {
  if (head.method != "GET") return {};  // The RFC defines ranges for it alone.
  const std::string condition = head.header_list("if-range");
  // A date, or another tag: what the client has is not known to be of this file.
  if (!condition.empty() && condition != etag_of(file)) return {};
  return http::answer_range(head.header_list("range"), file.bytes);
}

// What every answer about a file's content says of it.
http::Response content_response(int status, const StoredFile& file) {
  http::Response response;
  response.status = status;
  response.headers = {{"etag", etag_of(file)}, {"accept-ranges", "bytes"}};
  return response;
}

http::Response stream_response(std::unique_ptr<ManifestBody> body, const http::RangeAnswer& asked) {
  const StoredFile& file = body->file();
  http::Response response = content_response(asked.kind == Kind::part ? 206 : 200, file);
  // Whoever stored it chose its bytes and its name: no browser may run or show it on our origin.
  response.headers.push_back({"content-type", "application/octet-stream"});
  response.headers.push_back({"content-disposition", http::attachment_disposition(file.filename)});
  response.headers.push_back({"content-security-policy", "sandbox; default-src 'none'"});
  if (asked.kind == Kind::part) {
    const auto [first, bytes] = asked.range;
    response.headers.push_back(
        {"content-range", fmt::format("bytes {}-{}/{}", first, first + bytes - 1, file.bytes)});
  }
  response.stream = std::move(body);
  return response;
}

}  // namespace

Task<Result<http::Response>> get_content(Call& call, FileService& files, BlobStore& blobs) {
  const http::RequestHead& head = call.exchange.head();
  CO_TRY(auto id, file_id_of(call));
  CO_TRY(auto file, co_await files.open(id));
  const StoredFile& stored = file.content.file;
  if (http::names_etag(head.header_list("if-none-match"), etag_of(stored))) {
    co_return content_response(304, stored);
  }
  const http::RangeAnswer asked = range_of(head, stored);
  if (asked.kind == Kind::unsatisfiable) {
    co_return range_not_satisfiable_response(stored.bytes, head);
  }
  std::optional<http::ByteRange> range;
  if (asked.kind == Kind::part) range = asked.range;
  auto body = std::make_unique<ManifestBody>(std::move(file), blobs, range);
  if (auto opened = co_await body->open_first(); !opened) {
    // Where many nodes share the stores, the others do not know of this download: its file may have
    // been deleted, and its blobs removed, since it was found.
    auto found = co_await files.get(std::move(id));
    const bool is_gone = !found && found.error().code == ErrorCode::not_found;
    co_return fail(is_gone ? std::move(found).error() : std::move(opened).error());
  }
  co_return stream_response(std::move(body), asked);
}

}  // namespace partwise::api
