#include <fmt/format.h>

#include <algorithm>

#include "oracle.hpp"

// What answers say of files, and what walks over lists show.

namespace partwise::sim {

std::vector<std::string> Oracle::possible_contents(const FileModel& file) const {
  if (file.upload.empty()) return {file.content};
  const UploadModel& upload = uploads.at(file.upload);
  if (upload.winner) return {content_of(upload, *upload.winner).value_or("")};
  std::vector<std::string> possible;
  for (const auto& [list, first] : upload.completes) {
    auto content = content_of(upload, list);
    if (content && content->size() == upload.bytes) possible.push_back(std::move(*content));
  }
  return possible;
}

FileModel* Oracle::meet_file(const Document& shown, const Reply& reply) {
  const std::string id = shown.text("id");
  const std::string filename = shown.text("filename");
  if (const auto posted = files_tried_.find(filename); posted != files_tried_.end()) {
    FileModel& file = files[id];
    if (file.id.empty()) {
      file.id = id;
      file.content = posted->second;
      file.said = reply.last_byte;
    }
    return &file;
  }
  for (auto& [upload_id, upload] : uploads) {
    // Repetitions of one create share a name, and their files cannot be told apart by it.
    if (upload.filename != filename || (!upload.file.empty() && upload.file != id)) continue;
    if (names_tried_[filename] > 1 && upload.file != id) continue;
    learn_file(upload, id, shown.number("bytes"), reply);
    return &files[id];
  }
  if (!names_tried_.contains(filename)) fail("I5", "There is a file that nobody made: " + id);
  return nullptr;
}

void Oracle::said_file(const Request& request, const Reply& reply) {
  FileModel& file = files[request.file];
  if (!reply.is_success()) return refused_file(file, request, reply);
  if (file.deleted_said != 0 && file.deleted_said < reply.began) {
    fail("I4", file.id + " was deleted and is there again.");
  }
  if (request.verb != Verb::delete_file) return;
  if (file.deleted_said == 0) file.deleted_said = reply.last_byte;
}

void Oracle::refused_file(const FileModel& file, const Request& request, const Reply& reply) {
  if (reply.status != 404) return;
  const int excused = request.verb == Verb::delete_file ? 2 : 1;
  if (file.deletes < excused) fail("I1", file.id + " was never deleted and is gone.");
}

void Oracle::said_content(const FileModel& file, const Reply& reply) {
  if (file.deleted_said != 0 && file.deleted_said < reply.began) {
    fail("I4", file.id + " was deleted and has content.");
  }
  const auto possible = possible_contents(file);
  if (std::ranges::find(possible, reply.body) != possible.end()) return;
  fail("I2", fmt::format("{} does not hold what was sent.", file.id));
}

void Oracle::walked(Verb verb, const std::vector<Reply>& pages) {
  Walk items;
  for (const Reply& page : pages) {
    for (Document& item : Document(page.body).items("data")) {
      const std::string id = item.text("id");
      if (!items.try_emplace(id, std::move(item), page).second) {
        fail("answer", fmt::format("{} shows {} twice.", text_of(verb), id));
      }
    }
  }
  if (verb == Verb::list_uploads) return check_walk_of_uploads(items, pages.front());
  check_walk_of_files(items, pages.front());
}

void Oracle::check_walk_of_uploads(const Walk& items, const Reply& first) {
  std::map<std::string, int> names;
  for (const auto& [id, shown] : items) {
    const auto& [item, page] = shown;
    const std::string name = item.text("filename");
    UploadModel& upload = meet_upload(item, page);
    said_upload(upload, item, page, true);
    const int most = keyed_[name] && !excuses.key_forgotten ? 1 : names_tried_[name];
    if (++names[name] > most) fail("I8", name + " was made more often than it was asked for.");
  }
  for (const auto& [id, upload] : uploads) {
    if (upload.said == 0 || upload.said >= first.began || items.contains(id)) continue;
    if (!excuses.may_be_forgotten) fail("I1", id + " is missing in the list.");
  }
}

void Oracle::check_walk_of_files(const Walk& items, const Reply& first) {
  for (const auto& [id, shown] : items) {
    const auto& [item, page] = shown;
    const FileModel* file = meet_file(item, page);
    if (file != nullptr && file->deleted_said != 0 && file->deleted_said < page.began) {
      fail("I4", id + " was deleted and is listed.");
    }
  }
  for (const auto& [id, file] : files) {
    const bool due = file.said != 0 && file.said < first.began && file.deletes == 0;
    if (due && !items.contains(id)) fail("I1", id + " is missing in the list of files.");
  }
}

}  // namespace partwise::sim
