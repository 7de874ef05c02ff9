#include "oracle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"

namespace partwise::sim {

void Oracle::fail(std::string invariant, std::string sentence) {
  trace_.tell(fmt::format("VIOLATION {}: {}", invariant, sentence));
  if (!violation_) violation_ = Violation{std::move(invariant), std::move(sentence)};
}

void Oracle::began(const Request& request) {
  note_time();
  switch (request.verb) {
    case Verb::create_upload:
      ++names_tried_[request.filename];
      keyed_[request.filename] = !request.idempotency_key.empty();
      break;
    case Verb::post_file:
      files_tried_[request.filename] = request.content;
      break;
    case Verb::add_part:
      ++uploads[request.upload].attempts[request.content];
      break;
    case Verb::complete:
      uploads[request.upload].end_began = true;
      uploads[request.upload].completes.try_emplace(request.part_ids, unix_seconds(engine_.now()));
      break;
    case Verb::cancel:
      uploads[request.upload].end_began = true;
      break;
    case Verb::delete_file:
      if (++files[request.file].deletes == 1) {
        files[request.file].deletes_began = unix_seconds(engine_.now());
      }
      break;
    default:
      break;
  }
}

void Oracle::said(const Request& request, const Reply& reply) {
  note_time();
  trace_.mix(static_cast<std::uint64_t>(reply.status));
  trace_.mix(reply.body);
  if (trace_.prints()) {
    trace_.tell(fmt::format("answer: {} {}{} {} {}", text_of(request.verb), request.upload,
                            request.file, reply.status,
                            request.verb == Verb::get_content ? "" : reply.body.substr(0, 300)));
  }
  check_status(request, reply);
  const bool is_about_upload = !request.upload.empty();
  const auto upload = uploads.find(request.upload);
  const auto file = files.find(request.file);
  const Document shown(reply.body);
  switch (request.verb) {
    case Verb::create_upload:
      return said_create(request, reply);
    case Verb::add_part:
      return said_part(upload->second, request, reply);
    case Verb::complete:
      return said_complete(upload->second, request, reply);
    case Verb::cancel:
    case Verb::get_upload:
      if (!is_about_upload || upload == uploads.end()) return;
      if (reply.is_success()) said_upload(upload->second, shown, reply, false);
      if (request.verb == Verb::cancel && reply.is_success()) end_by_request(upload->second, reply);
      if (reply.status == 400)
        learn_state(upload->second, status_in(shown.text("error.message")), reply);
      return;
    case Verb::list_parts:
      if (upload == uploads.end() || !reply.is_success()) return;
      return said_parts(upload->second, reply, shown.items("data"), request.query.empty());
    case Verb::post_file:
      if (reply.is_success()) {
        if (FileModel* model = meet_file(shown, reply)) check_file_is_durable(model->id);
      }
      return;
    case Verb::get_file:
    case Verb::delete_file:
      return said_file(request, reply);
    case Verb::get_content:
      if (file == files.end()) return;
      if (!reply.is_success()) return refused_file(file->second, request, reply);
      return said_content(file->second, reply);
    case Verb::list_uploads:
    case Verb::list_files:
      return;  // Judged as a walk.
  }
}

UploadModel& Oracle::meet_upload(const Document& shown, const Reply& reply) {
  UploadModel& upload = uploads[shown.text("id")];
  if (!upload.id.empty()) return upload;
  upload.id = shown.text("id");
  upload.filename = shown.text("filename");
  upload.bytes = shown.number("bytes");
  upload.expires_at = static_cast<std::int64_t>(shown.number("expires_at"));
  upload.said = reply.last_byte;
  if (const auto plan = planned_.find(upload.filename); plan != planned_.end()) {
    upload.pieces = plan->second;
  } else {
    fail("I7", "There is an upload that nobody asked for: " + upload.id);
  }
  return upload;
}

void Oracle::said_create(const Request& request, const Reply& reply) {
  if (!reply.is_success()) return;
  const Document shown(reply.body);
  UploadModel& upload = meet_upload(shown, reply);
  if (shown.number("bytes") != request.bytes || shown.text("filename") != request.filename) {
    fail("answer", "A create was answered with another upload: " + reply.body);
  }
  said_upload(upload, shown, reply, false);
  if (request.idempotency_key.empty()) return;
  const auto [entry, fresh] = by_key_.try_emplace(request.idempotency_key, upload.id);
  if (!fresh && entry->second != upload.id && !excuses.key_forgotten) {
    fail("I8", fmt::format("The Idempotency-Key {} made {} and {}.", request.idempotency_key,
                           entry->second, upload.id));
  }
}

void Oracle::learn_state(UploadModel& upload, const std::string& word, const Reply& reply) {
  if (word.empty()) return;
  if (word == "pending") {
    if (!upload.is_open() && upload.ended_said < reply.began) {
      fail("I4", fmt::format("{} was {} and is pending again.", upload.id, upload.ended));
    }
    return;
  }
  if (word == "expired" && latest_seconds_ < upload.expires_at) {
    fail("I7", upload.id + " expired before its time.");
  }
  if (upload.is_open()) {
    upload.ended = word;
    upload.ended_said = reply.last_byte;
  } else if (upload.ended != word) {
    fail("I4", fmt::format("{} was {} and is {} now.", upload.id, upload.ended, word));
  } else {
    upload.ended_said = std::min(upload.ended_said, reply.last_byte);
  }
}

void Oracle::end_by_request(UploadModel& upload, const Reply& reply) {
  auto& first = upload.end_first_byte.try_emplace(reply.run, reply.first_byte).first->second;
  first = std::min(first, reply.first_byte);
  const auto part = upload.part_last_byte.find(reply.run);
  if (part != upload.part_last_byte.end() && part->second > first) {
    fail("I3", fmt::format("A part of {} was accepted after its end was answered.", upload.id));
  }
}

void Oracle::check_not_after_end(const UploadModel& upload, const std::string& part,
                                 const Reply& reply) {
  if (!upload.is_open() && upload.ended_said < reply.began) {
    fail("I3", fmt::format("{} was {} and took another part.", upload.id, upload.ended));
  }
  if (!excuses.clock_set_back && upload.expires_at <= reply.began_seconds) {
    fail("I3", fmt::format("{} took another part after its time.", upload.id));
  }
  // The run that answered the end has cut its own streams before.
  const auto end = upload.end_first_byte.find(reply.run);
  if (end != upload.end_first_byte.end() && reply.last_byte > end->second) {
    fail("I3", fmt::format("A part of {} was accepted after its end was answered.", upload.id));
  }
  // On another node an answer may have been on its way, to a part that was accepted before.
  const std::uint64_t ended = engine_.number_of_end(upload.id);
  if (ended != 0 && ended < engine_.number_of_part(part)) {
    fail("I3", fmt::format("A part was added to {} after its end.", upload.id));
  }
}

void Oracle::said_upload(UploadModel& upload, const Document& shown, const Reply& reply,
                         bool is_list) {
  const std::string word = shown.text("status");
  if (shown.number("bytes") != upload.bytes) {
    fail("I7", fmt::format("{} declares other bytes than it did.", upload.id));
  }
  const bool is_view = is_list && word == "expired" && excuses.clock_set_back;
  if (!is_view) learn_state(upload, word, reply);
  if (word == "completed") {
    learn_file(upload, shown.text("file.id"), shown.number("file.bytes"), reply);
  }
}

void Oracle::learn_file(UploadModel& upload, const std::string& file, std::uint64_t bytes,
                        const Reply& reply) {
  if (bytes != upload.bytes) {
    fail("I2", fmt::format("The file of {} has {} bytes, not {}.", upload.id, bytes, upload.bytes));
  }
  if (!upload.file.empty() && upload.file != file) {
    fail("I8", fmt::format("{} became {} and {}.", upload.id, upload.file, file));
  }
  upload.file = file;
  FileModel& model = files[file];
  if (model.id.empty()) {
    model.id = file;
    model.said = reply.last_byte;
  }
  model.upload = upload.id;
}

void Oracle::said_part(UploadModel& upload, const Request& request, const Reply& reply) {
  if (!reply.is_success()) return refused_part(upload, request, reply);
  const std::string part = Document(reply.body).text("id");
  if (request.md5 && *request.md5 != md5_text(request.content)) {
    fail("answer", "A part was accepted with another digest than its own.");
  }
  check_not_after_end(upload, part, reply);
  if (upload.accepted.contains(part)) fail("I7", "Two parts have the id " + part);
  auto& last_byte = upload.part_last_byte[reply.run];
  last_byte = std::max(last_byte, reply.last_byte);
  upload.parts[part] = request.content;
  upload.accepted[part] = reply.last_byte;
  check_part_is_durable(upload, part);
}

std::optional<std::string> Oracle::content_of(const UploadModel& upload,
                                              const std::vector<std::string>& ids) const {
  std::string content;
  for (const std::string& id : ids) {
    const auto found = upload.parts.find(id);
    if (found == upload.parts.end()) return std::nullopt;
    content += found->second;
  }
  return content;
}

void Oracle::said_complete(UploadModel& upload, const Request& request, const Reply& reply) {
  if (reply.status == 400) return refused_complete(upload, request, reply);
  if (!reply.is_success()) return;
  const Document shown(reply.body);
  said_upload(upload, shown, reply, false);
  end_by_request(upload, reply);
  check_in_time(upload, request, reply);
  const auto content = content_of(upload, request.part_ids);
  if (!content || content->size() != upload.bytes) {
    fail("I2",
         fmt::format("{} was completed with parts of other bytes than it declares.", upload.id));
  } else if (request.md5 && *request.md5 != md5_text(*content)) {
    fail("I2", fmt::format("{} was completed with another md5 than its own.", upload.id));
  }
  if (upload.winner && *upload.winner != request.part_ids) {
    fail("I8", fmt::format("{} was completed twice, with other parts.", upload.id));
  }
  if (!upload.winner) {
    upload.winner = request.part_ids;
    upload.winner_said = reply.last_byte;
  }
  check_file_is_durable(upload.file);
}

void Oracle::check_in_time(const UploadModel& upload, const Request& request, const Reply& reply) {
  if (excuses.clock_set_back) return;
  const auto first = upload.completes.find(request.part_ids);
  if (first != upload.completes.end() && first->second < upload.expires_at) return;
  fail("I3", fmt::format("{} was completed after its time: {}", upload.id, reply.body));
}

void Oracle::said_parts(UploadModel& upload, const Reply& reply, const std::vector<Document>& items,
                        bool all) {
  std::map<std::string, int> seen;
  for (const Document& item : items) {
    const std::string id = item.text("id");
    std::string content;
    for (const auto& [sent, times] : upload.attempts) {
      Crc64 crc;
      crc.update(as_bytes(sent));
      if (crc64_text(crc.value()) == item.text("crc64")) content = sent;
    }
    if (!upload.attempts.contains(content) || content.size() != item.number("bytes")) {
      fail("I1", fmt::format("{} lists a part that nobody sent: {}", upload.id, id));
      return;
    }
    if (++seen[content] > upload.attempts[content]) {
      fail("I8", fmt::format("{} lists a part more often than it was sent.", upload.id));
    }
    const auto [known, fresh] = upload.parts.try_emplace(id, content);
    if (!fresh && known->second != content) {
      fail("I1", fmt::format("{} lists another content for {}.", upload.id, id));
    }
  }
  if (!items.empty() && !upload.is_open() && upload.ended_said < reply.began) {
    fail("I3", fmt::format("{} was {} and lists parts.", upload.id, upload.ended));
  }
  if (!all || items.empty()) return;
  for (const auto& [id, when] : upload.accepted) {
    const bool listed =
        std::ranges::any_of(items, [&](const Document& item) { return item.text("id") == id; });
    if (when < reply.began && !listed) {
      fail("I1", fmt::format("{} does not list {}, which was accepted.", upload.id, id));
    }
  }
}

}  // namespace partwise::sim
