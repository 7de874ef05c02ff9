#pragma once

// What the objects of a location are called. See docs/formats/object-store.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/blob.hpp"
#include "store/s3/s3_location.hpp"

namespace partwise::s3 {

class ObjectNames {
 public:
  explicit ObjectNames(const S3Location& location) : prefix_(location.name_of("")) {}

  // PREFIX/blobs/xx/KEY
  [[nodiscard]] std::string blob(const BlobKey& key) const;
  [[nodiscard]] std::optional<BlobKey> parse_blob(std::string_view name) const;
  [[nodiscard]] std::string all_blobs() const { return prefix_ + "blobs/"; }
  // What the blobs of a group begin with.
  [[nodiscard]] std::string group(std::uint32_t group) const;
  [[nodiscard]] bool is_group(std::string_view begin) const;
  // Names whose metadata the blobs belong to.
  [[nodiscard]] std::string database() const { return prefix_ + "database"; }
  // No `+`, as on a disk: in a URL it would have to be encoded.
  [[nodiscard]] std::string lost_and_found() const { return prefix_ + "lost-and-found/"; }
  // What all objects of the location begin with.
  [[nodiscard]] const std::string& all() const { return prefix_; }
  // A name as it is told, without the prefix.
  [[nodiscard]] std::string_view shown(std::string_view name) const;

 private:
  const std::string prefix_;  // Empty, or with a slash at its end.
};

// Whether all characters of a name stand for themselves, in a URL and in XML: those of ours do.
[[nodiscard]] bool is_plain_name(std::string_view name);

}  // namespace partwise::s3
