#include "server/blob_home.hpp"

#include <fmt/format.h>

#include <array>

#include "base/bytes.hpp"

namespace partwise {

namespace {

constexpr const char* kName = "/blob-store";

std::string_view take_line(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return {};
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const auto line = text.substr(begin.size(), end - begin.size());
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string blob_home_text(const BlobHome& place) {
  return fmt::format("location {}\nmetadata {}\nstate {}\n", place.location, place.id,
                     place.is_claimed ? "claimed" : "new");
}

std::optional<BlobHome> parse_blob_home(std::string_view text) {
  BlobHome place;
  place.location = take_line(text, "location ");
  place.id = take_line(text, "metadata ");
  const auto state = take_line(text, "state ");
  place.is_claimed = state == "claimed";
  const bool is_whole = !place.location.empty() && !place.id.empty() && text.empty();
  if (!is_whole || (state != "claimed" && state != "new")) return std::nullopt;
  return place;
}

Result<std::optional<BlobHome>> read_blob_home(FileSystem& files, const std::string& data_dir) {
  const auto text = files.read_small(data_dir + kName);
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return fail(text.error());
  if (auto place = parse_blob_home(*text)) return place;
  return fail(ErrorCode::invalid_request,
              fmt::format("{}{} cannot be understood: restore it from a backup.", data_dir, kName));
}

Result<> write_blob_home(FileSystem& files, const std::string& data_dir, const BlobHome& place) {
  return files.write_small(data_dir + kName, blob_home_text(place));
}

Result<> require_blobs_here(FileSystem& files, const std::string& data_dir, std::string_view what) {
  TRY(const auto place, read_blob_home(files, data_dir));
  if (!place) return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("the blobs of {} are in {}{}", data_dir, place->location, what));
}

Result<BlobHome> choose_blob_home(const std::optional<BlobHome>& found, const std::string& data_dir,
                                  const std::string& location, bool has_blobs, Random& random) {
  if (found && found->location == location) return *found;
  if (found) {
    return fail(ErrorCode::invalid_request, fmt::format("the blobs of {} are in {}, and not in {}.",
                                                        data_dir, found->location, location));
  }
  if (has_blobs) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} has blobs of its own, which --blobs {} would hide: give another "
                            "--data-dir.",
                            data_dir, location));
  }
  std::array<std::byte, 16> id{};
  random.fill(id);
  return BlobHome{.location = location, .id = to_hex(id)};
}

}  // namespace partwise
