#pragma once

// DATA/blob-store says where the blobs of a data directory are, if they are not in it: its metadata
// mean nothing without them. See docs/formats/data-directory.md.

#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/random.hpp"

namespace partwise {

struct BlobHome {
  std::string location;     // s3://bucket/prefix, whatever way leads there.
  std::string id;           // Of these metadata, as the location knows them.
  bool is_claimed = false;  // The location has been told so once.
  friend bool operator==(const BlobHome&, const BlobHome&) = default;
};

[[nodiscard]] std::string blob_home_text(const BlobHome& place);
[[nodiscard]] std::optional<BlobHome> parse_blob_home(std::string_view text);

// These block. Errors: invalid_request (the file cannot be understood); the file system's.
// Nothing: the blobs are in the directory itself, or there are none yet.
[[nodiscard]] Result<std::optional<BlobHome>> read_blob_home(FileSystem& files,
                                                             const std::string& data_dir);
[[nodiscard]] Result<> write_blob_home(FileSystem& files, const std::string& data_dir,
                                       const BlobHome& place);

// Refuses a directory whose blobs are elsewhere. `what`: the end of the sentence that says so.
[[nodiscard]] Result<> require_blobs_here(FileSystem& files, const std::string& data_dir,
                                          std::string_view what);

// What a server begins with where it finds `found` and is asked for `location`: the same, or a new
// place. Error: invalid_request (it is another one, or `has_blobs` of its own).
[[nodiscard]] Result<BlobHome> choose_blob_home(const std::optional<BlobHome>& found,
                                                const std::string& data_dir,
                                                const std::string& location, bool has_blobs,
                                                Random& random);

}  // namespace partwise
