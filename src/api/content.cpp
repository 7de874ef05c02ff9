#include "api/content.hpp"

#include "api/manifest_body.hpp"
#include "http/content_disposition.hpp"

namespace partwise::api {

namespace {

http::Response content_response(std::unique_ptr<ManifestBody> body) {
  http::Response response;
  // Whoever stored it chose its bytes and its name: no browser may run or show it on our origin.
  response.headers = {
      {"content-type", "application/octet-stream"},
      {"content-disposition", http::attachment_disposition(body->file().filename)},
      {"content-security-policy", "sandbox; default-src 'none'"},
      {"etag", "\"" + body->file().id.text + "\""},
  };
  response.stream = std::move(body);
  return response;
}

}  // namespace

Task<Result<http::Response>> get_content(Call& call, FileService& files, BlobStore& blobs) {
  CO_TRY(auto id, file_id_of(call));
  CO_TRY(auto file, co_await files.open(std::move(id)));
  auto body = std::make_unique<ManifestBody>(std::move(file), blobs);
  CO_CHECK(co_await body->open_first());
  co_return content_response(std::move(body));
}

}  // namespace partwise::api
