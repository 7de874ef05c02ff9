#pragma once

// One place of blobs belongs to one database, and one database to one place: a node that was given
// another would not find what others stored, and would store what they cannot find. The place says
// it in DIR/store, the database in a row.

#include <optional>
#include <string>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace partwise {

// The id of the place `directory`, whose mark is made where neither has one yet. `store_id` and
// `blobs_id` are what the database says. One node at a time. Errors: invalid_request, in one line,
// where they do not belong together; the file system's.
[[nodiscard]] Result<std::string> agree_on_blobs(FileSystem& files, Random& random,
                                                 const std::string& directory,
                                                 const std::string& store_id,
                                                 const std::optional<std::string>& blobs_id);

// The same for one that must be there, and is only read.
[[nodiscard]] Result<> require_blobs_of(FileSystem& files, const std::string& directory,
                                        const std::string& store_id,
                                        const std::optional<std::string>& blobs_id);

}  // namespace partwise
