#include "store/s3/s3_live_blobs.hpp"

#include <utility>

namespace partwise::s3 {

Task<Result<BlobGroup>> S3LiveBlobs::list(std::uint32_t group) {
  BlobGroup listed;
  std::optional<std::string> token;
  const std::string prefix = names_.group(group);
  do {  // One visit for each page: other requests get their turn.
    auto page = [&] { return list_page(listed, prefix, token); };
    CO_CHECK(co_await run_on(requests_, std::move(page)));
  } while (token);
  if (group == 0) {
    auto strange = [&] { return add_strange_names(listed); };
    CO_CHECK(co_await run_on(requests_, std::move(strange)));
  }
  co_return listed;
}

// Objects come in the order of their names, and so of their keys.
Result<> S3LiveBlobs::list_page(BlobGroup& listed, const std::string& prefix,
                                std::optional<std::string>& token) {
  TRY(auto page, client_->list({.prefix = prefix, .token = token}));
  for (const ListedObject& object : page.objects) {
    if (const auto key = names_.parse_blob(object.name)) {
      listed.keys.push_back(*key);
      listed.bytes.push_back(object.bytes);
    } else {
      listed.foreign_names.emplace_back(names_.shown(object.name));
    }
  }
  token = std::move(page.next);
  return {};
}

Result<> S3LiveBlobs::add_strange_names(BlobGroup& group) {
  std::optional<std::string> token;
  do {
    TRY(auto page, client_->list({.prefix = names_.all_blobs(), .token = token, .level = true}));
    for (const std::string& name : page.folders) {
      if (!names_.is_group(name)) group.foreign_names.emplace_back(names_.shown(name));
    }
    for (const ListedObject& object : page.objects) {
      group.foreign_names.emplace_back(names_.shown(object.name));
    }
    token = std::move(page.next);
  } while (token);
  return {};
}

Task<Result<std::vector<Result<std::uint64_t>>>> S3LiveBlobs::sizes(std::vector<BlobKey> keys) {
  std::vector<Result<std::uint64_t>> sizes;
  sizes.reserve(keys.size());
  for (const BlobKey& key : keys) {
    auto look = [this, &key] { return size_now(key); };
    auto size = co_await run_on(requests_, std::move(look));
    // Says nothing of the blob.
    if (!size && size.error().code == ErrorCode::unavailable) co_return fail(size.error());
    sizes.push_back(std::move(size));
  }
  co_return sizes;
}

Result<std::uint64_t> S3LiveBlobs::size_now(const BlobKey& key) {
  TRY(const ObjectStatus status, client_->status(names_.blob(key)));
  return status.bytes;
}

}  // namespace partwise::s3
