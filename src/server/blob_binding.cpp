#include "server/blob_binding.hpp"

#include <fmt/format.h>

#include "server/data_directory.hpp"

namespace partwise {

namespace {

struct Mark {
  std::string store_id;
  std::string blobs_id;
};

std::string mark_path(const std::string& directory) { return directory + "/store"; }

// Nothing where there is none.
Result<std::optional<Mark>> read_mark(FileSystem& files, const std::string& directory) {
  const auto text = files.read_small(mark_path(directory));
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return fail(text.error());
  const auto blank = text->find(' ');
  const auto end = text->find('\n');
  if (blank == std::string::npos || end == std::string::npos || end < blank) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} is damaged: restore it from a backup.", mark_path(directory)));
  }
  return Mark{.store_id = text->substr(0, blank),
              .blobs_id = text->substr(blank + 1, end - blank - 1)};
}

Error other_place(const std::string& directory) {
  return {ErrorCode::invalid_request,
          fmt::format("The database has its blobs in another directory than {}: give every node "
                      "that one with --blobs.",
                      directory)};
}

Result<> compare(const Mark& mark, const std::string& directory, const std::string& store_id,
                 const std::optional<std::string>& blobs_id) {
  if (mark.store_id != store_id) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} has the blobs of another database.", directory));
  }
  if (blobs_id && mark.blobs_id != *blobs_id) return fail(other_place(directory));
  return {};
}

}  // namespace

Result<std::string> agree_on_blobs(FileSystem& files, Random& random, const std::string& directory,
                                   const std::string& store_id,
                                   const std::optional<std::string>& blobs_id) {
  CHECK(files.make_directories(directory));
  TRY(const auto mark, read_mark(files, directory));
  if (mark) {
    CHECK(compare(*mark, directory, store_id, blobs_id));
    return mark->blobs_id;
  }
  if (blobs_id) return fail(other_place(directory));
  TRY(const bool has_blobs, DataDirectory::has_blobs(files, directory));
  if (has_blobs) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} has blobs already, which this database does not know.", directory));
  }
  const auto fresh = random_alphanumeric(random, 22);
  CHECK(files.write_small(mark_path(directory), fmt::format("{} {}\n", store_id, fresh)));
  return fresh;
}

Result<> require_blobs_of(FileSystem& files, const std::string& directory,
                          const std::string& store_id, const std::optional<std::string>& blobs_id) {
  TRY(const auto mark, read_mark(files, directory));
  if (!mark && !blobs_id) return {};  // No node was ever started.
  if (!mark) return fail(other_place(directory));
  return compare(*mark, directory, store_id, blobs_id);
}

}  // namespace partwise
