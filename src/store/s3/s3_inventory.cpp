#include "store/s3/s3_inventory.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/hash.hpp"
#include "store/s3/download.hpp"

namespace partwise::s3 {

namespace {

constexpr std::size_t kReadBytes = kMiB;

}  // namespace

S3Inventory::S3Inventory(std::shared_ptr<S3Client> client, OnRead on_read)
    : client_(std::move(client)),
      on_read_(std::move(on_read)),
      names_(client_->location()),
      buffer_(kReadBytes) {}

Result<> S3Inventory::require_list() {
  if (is_listed_) return {};
  std::optional<std::string> token;
  do {
    TRY(auto page, client_->list({.prefix = names_.all(), .token = token}));
    for (const ListedObject& object : page.objects) note(object);
    token = std::move(page.next);
  } while (token);
  is_listed_ = true;
  return {};
}

void S3Inventory::note(const ListedObject& object) {
  if (const auto key = names_.parse_blob(object.name)) {
    blobs_.emplace(*key, object.bytes);
    return;
  }
  Stray stray{.name = std::string(names_.shown(object.name)), .bytes = object.bytes};
  if (object.name.starts_with(names_.lost_and_found())) {
    set_aside_bytes_ += object.bytes;
  } else if (object.name.starts_with(names_.all_blobs())) {
    foreign_.push_back(std::move(stray));
  } else if (object.name != names_.database()) {
    unknown_.push_back(std::move(stray));
  }
}

Result<std::vector<BlobKey>> S3Inventory::keys() {
  CHECK(require_list());
  std::vector<BlobKey> keys;
  keys.reserve(blobs_.size());
  for (const auto& [key, bytes] : blobs_) keys.push_back(key);
  return keys;
}

Result<std::uint64_t> S3Inventory::bytes_of(BlobKey key) {
  CHECK(require_list());
  const auto found = blobs_.find(key);
  if (found != blobs_.end()) return found->second;
  return fail(ErrorCode::not_found, fmt::format("There is no blob {}.", key.text()));
}

Result<std::vector<Stray>> S3Inventory::foreign() {
  CHECK(require_list());
  return foreign_;
}

Result<std::vector<Stray>> S3Inventory::unknown() {
  CHECK(require_list());
  return unknown_;
}

Stray S3Inventory::lost_and_found() {
  Stray stray{.name = "lost-and-found"};
  if (const auto listed = require_list(); !listed) stray.problem = listed.error().message;
  stray.bytes = set_aside_bytes_;
  return stray;
}

Result<BlobContent> S3Inventory::read(BlobKey key) {
  Download download(client_, names_.blob(key));
  Crc64 crc;
  BlobContent content;
  for (;;) {
    TRY(const std::size_t count, download.read_at(content.bytes, buffer_));
    if (count == 0) break;
    crc.update(std::span(buffer_).first(count));
    content.bytes += count;
    if (on_read_) on_read_(count);
  }
  content.crc64 = crc.value();
  return content;
}

Result<> S3Inventory::set_aside(BlobKey key) {
  const std::string name = names_.blob(key);
  CHECK(move(name));
  if (const auto found = blobs_.find(key); found != blobs_.end()) {
    set_aside_bytes_ += found->second;
  }
  return {};
}

Result<> S3Inventory::set_aside(const std::string& name) { return move(names_.all() + name); }

Result<> S3Inventory::move(const std::string& name) {
  if (!is_plain_name(name)) {
    return fail(ErrorCode::invalid_request, "Its name has characters that are never ours.");
  }
  // Nothing is replaced: what is there already is kept, beside the new one.
  std::string to = names_.lost_and_found() + std::string(names_.shown(name));
  for (int number = 1;; ++number) {
    const auto there = client_->status(to);
    if (!there && there.error().code == ErrorCode::not_found) break;
    if (!there) return fail(there.error());
    to = fmt::format("{}{}.{}", names_.lost_and_found(), names_.shown(name), number);
  }
  CHECK(client_->copy(name, to));
  const std::array names{name};
  return client_->remove(names);
}

}  // namespace partwise::s3
