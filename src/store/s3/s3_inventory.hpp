#pragma once

// What lies in an object store that no server uses, for `partwise fsck`. Setting aside renames an
// object to PREFIX/lost-and-found/: a copy within the bucket, and then a removal.

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/blob_inventory.hpp"
#include "store/s3/object_names.hpp"
#include "store/s3/s3_client.hpp"

namespace partwise::s3 {

// Everything is listed once, at the first question. Names are those of objects without the prefix
// of the location. Errors: those of the client; too_large (an object of more than 5 GiB cannot be
// set aside in one request).
class S3Inventory final : public BlobInventory {
 public:
  // Told of the bytes that were read: it may rest.
  using OnRead = std::function<void(std::uint64_t bytes)>;

  S3Inventory(std::shared_ptr<S3Client> client, OnRead on_read);

  [[nodiscard]] Result<std::vector<BlobKey>> keys() override;
  [[nodiscard]] Result<std::uint64_t> bytes_of(BlobKey key) override;
  [[nodiscard]] Result<std::vector<Stray>> staged() override { return std::vector<Stray>{}; }
  [[nodiscard]] Result<std::vector<Stray>> foreign() override;
  [[nodiscard]] Result<std::vector<Stray>> unknown() override;
  [[nodiscard]] Stray lost_and_found() override;
  [[nodiscard]] Result<BlobContent> read(BlobKey key) override;
  [[nodiscard]] Result<> set_aside(BlobKey key) override;
  [[nodiscard]] Result<> set_aside(const std::string& name) override;
  [[nodiscard]] Result<> sync_moves() override { return {}; }  // Each was durable at once.

 private:
  [[nodiscard]] Result<> require_list();
  void note(const ListedObject& object);
  [[nodiscard]] Result<> move(const std::string& name);

  // Constant after construction.
  const std::shared_ptr<S3Client> client_;
  const OnRead on_read_;
  const ObjectNames names_;
  std::vector<std::byte> buffer_;

  bool is_listed_ = false;
  std::map<BlobKey, std::uint64_t> blobs_;
  std::vector<Stray> foreign_;
  std::vector<Stray> unknown_;
  std::uint64_t set_aside_bytes_ = 0;
};

}  // namespace partwise::s3
