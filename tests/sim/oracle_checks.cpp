// The oracle's look into the stores.

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "oracle.hpp"

namespace partwise::sim {

namespace {

std::string path_of(const BlobKey& key) {
  const std::string text = key.text();
  return fmt::format("data/blobs/{}/{}", text.substr(0, 2), text);
}

std::string key_in(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

bool is_blob(const std::string& path) { return path.starts_with("data/blobs/"); }

}  // namespace

void Oracle::check_references() {
  check_bill();
  const Rows& rows = engine_.rows();
  for (const BlobKey& key : rows.shared_blobs) fail("I5", "A blob has two owners: " + key.text());
  for (const auto& [key, blob] : rows.references) {
    if (disk_.find(path_of(key))) continue;
    fail("I5", "A blob that is referred to is gone: " + key.text());
  }
}

void Oracle::check_removal(const std::string& path) {
  if (is_referred_to(path)) fail("I5", "A blob that is referred to is removed: " + key_in(path));
}

bool Oracle::is_referred_to(const std::string& path) {
  const auto key = is_blob(path) ? BlobKey::parse(key_in(path)) : std::nullopt;
  return key && engine_.rows().references.contains(*key);
}

void Oracle::check_link(const std::string& path) {
  if (!is_blob(path) || engine_.knows_blob(key_in(path))) return;
  fail("I5", "A blob got its name before its intent was committed: " + key_in(path));
}

void Oracle::check_durable(const BlobRef& blob, const std::string& what) {
  const InodePointer inode = disk_.find_durable(path_of(blob.key));
  if (!inode) {
    fail("I1", fmt::format("{} would not survive the loss of power: {}", what, blob.key.text()));
    return;
  }
  Crc64 crc;
  crc.update(as_bytes(inode->durable));
  if (inode->durable.size() != blob.bytes || crc.value() != blob.crc64) {
    fail("I1", fmt::format("{} is damaged: {}", what, blob.key.text()));
  }
}

void Oracle::check_part_is_durable(const UploadModel& upload, const std::string& part) {
  const auto row = engine_.rows().parts.find({upload.id});
  if (row == engine_.rows().parts.end()) return;  // It has ended.
  const auto found =
      std::ranges::find_if(row->second, [&](const Part& one) { return one.id.text == part; });
  if (found == row->second.end()) {
    return fail("I1", fmt::format("{} was accepted by {} and has no row.", part, upload.id));
  }
  check_durable(found->blob, part);
  if (read_durable({found->blob}) != upload.parts.at(part)) {
    fail("I1", fmt::format("{} of {} does not hold what was sent.", part, upload.id));
  }
}

void Oracle::check_file_is_durable(const std::string& file) {
  for (const FileContent& row : engine_.rows().files) {
    if (row.file.id.text != file) continue;
    for (const BlobRef& blob : row.manifest) check_durable(blob, file);
  }
}

std::string Oracle::read_durable(const Manifest& manifest) {
  std::string content;
  for (const BlobRef& blob : manifest) {
    if (const auto inode = disk_.find_durable(path_of(blob.key))) content += inode->durable;
  }
  return content;
}

void Oracle::check_rows() {
  std::set<std::string> rows;
  for (const Upload& row : engine_.rows().uploads) {
    rows.insert(row.id.text);
    check_row(row);
  }
  for (const auto& [id, upload] : uploads) {
    if (upload.said == 0 || rows.contains(id) || excuses.may_be_forgotten) continue;
    fail("I1", id + " has no row any more.");
  }
  std::set<std::string> living;
  for (const FileContent& row : engine_.rows().files) living.insert(row.file.id.text);
  for (const auto& [id, file] : files) {
    if (file.said == 0) continue;
    if (file.deletes == 0 && !living.contains(id)) fail("I1", id + " has no row any more.");
    if (file.deleted_said != 0 && living.contains(id)) fail("I4", id + " is there again.");
  }
}

void Oracle::check_row(const Upload& row) {
  const auto found = uploads.find(row.id.text);
  if (found == uploads.end()) {
    if (!names_tried_.contains(row.filename)) fail("I7", row.id.text + " was made by nobody.");
    return;
  }
  const UploadModel& upload = found->second;
  const std::string word(status_text(row.state));
  if (!upload.is_open() && word != upload.ended) {
    fail("I4", fmt::format("{} was {} and its row is {}.", row.id.text, upload.ended, word));
  }
  if (const auto* completed = std::get_if<Completed>(&row.state);
      completed != nullptr && !upload.file.empty() && completed->file.id.text != upload.file) {
    fail("I8", fmt::format("{} became another file.", row.id.text));
  }
  if (word != "pending") return;
  std::set<std::string> parts;
  for (const Part& part : engine_.rows().parts.at(row.id)) parts.insert(part.id.text);
  for (const auto& [part, when] : upload.accepted) {
    if (!parts.contains(part)) fail("I1", fmt::format("{} lost its {}.", row.id.text, part));
  }
}

void Oracle::check_garbage() {
  for (const std::string& path : disk_.paths()) {
    if (path.starts_with("data/metadata.db")) continue;
    if (!is_blob(path)) {
      fail("I9", "This is left over: " + path);
    } else if (!is_referred_to(path)) {
      fail("I5", "A blob is referred to by nothing, and nobody will remove it: " + key_in(path));
    }
  }
  if (disk_.nameless_open != 0) fail("I9", "Content is staged, and nothing is at work.");
}

void Oracle::check_usage() {
  const Usage usage = engine_.usage();
  std::uint64_t bytes = 0;
  std::uint64_t pending = 0;
  for (const auto& [key, blob] : engine_.rows().references) bytes += blob.bytes;
  for (const Upload& row : engine_.rows().uploads) {
    pending += std::holds_alternative<Pending>(row.state) ? 1 : 0;
  }
  if (usage.project.stored_bytes != bytes) {
    fail("I6",
         fmt::format("{} bytes are billed, and {} are stored.", usage.project.stored_bytes, bytes));
  }
  if (usage.pending.count != pending) fail("I6", "Pending uploads are counted wrong.");
  if (usage.reclaimable != Tally{}) fail("I6", "Something that has ended was not removed.");
}

void Oracle::check_at_rest() {
  check_references();
  check_rows();
  check_garbage();
  check_usage();
}

void Oracle::check_contents() {
  for (const auto& [key, blob] : engine_.rows().references) check_durable(blob, "A blob");
  for (const FileContent& row : engine_.rows().files) {
    const auto file = files.find(row.file.id.text);
    if (file == files.end() || file->second.said == 0) continue;
    const auto possible = possible_contents(file->second);
    if (std::ranges::find(possible, read_durable(row.manifest)) == possible.end()) {
      fail("I2", row.file.id.text + " does not hold what was sent.");
    }
  }
  for (const Upload& row : engine_.rows().uploads) {
    const auto upload = uploads.find(row.id.text);
    if (upload == uploads.end() || !std::holds_alternative<Pending>(row.state)) continue;
    for (const Part& part : engine_.rows().parts.at(row.id)) {
      const auto sent = upload->second.parts.find(part.id.text);
      if (sent == upload->second.parts.end()) continue;
      if (read_durable({part.blob}) != sent->second) {
        fail("I1", part.id.text + " does not hold what was sent.");
      }
    }
  }
}

}  // namespace partwise::sim
