#include "store/s3/bucket_mark.hpp"

#include <fmt/format.h>

#include "store/s3/object_names.hpp"

namespace partwise::s3 {

namespace {

constexpr std::string_view kBegin = "Partwise keeps blobs here. Metadata: ";

std::string text_of(const std::string& id) { return fmt::format("{}{}\n", kBegin, id); }

std::unexpected<Error> refuse(const S3Client& client, std::string_view reason) {
  return fail(ErrorCode::invalid_request, fmt::format("{} {}", client.location().text(), reason));
}

Error unreachable(const S3Client& client) {
  return {ErrorCode::unavailable,
          fmt::format("{} at {} cannot be used; the lines above say why.", client.location().text(),
                      client.location().endpoint)};
}

Result<> check(const S3Client& client, std::string_view text, const std::string& id) {
  if (text == text_of(id)) return {};
  if (text.starts_with(kBegin)) {
    return refuse(client, "belongs to other metadata: give another prefix, or those metadata.");
  }
  return refuse(client, "has an object `database` that is none of Partwise: give another prefix.");
}

}  // namespace

Result<> claim_bucket(S3Client& client, const std::string& id) {
  const std::string name = ObjectNames(client.location()).database();
  const auto found = client.get_small(name);
  if (found) return check(client, *found, id);
  if (found.error().code != ErrorCode::not_found) return fail(unreachable(client));
  TextBody body(text_of(id));
  // Of two that come at the same time one is told that the name is taken. A store without
  // conditional writes lets both in, and keeps the last: that is read below.
  const auto made = client.put(name, body, sha256(as_bytes(text_of(id))));
  if (!made && made.error().code != ErrorCode::io_failure) return fail(unreachable(client));
  return require_bucket(client, id);
}

Result<> require_bucket(S3Client& client, const std::string& id) {
  const auto found = client.get_small(ObjectNames(client.location()).database());
  if (found) return check(client, *found, id);
  if (found.error().code != ErrorCode::not_found) return fail(unreachable(client));
  return refuse(client,
                "has lost its object `database`, or is not the place where the blobs were put.");
}

}  // namespace partwise::s3
