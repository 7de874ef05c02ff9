// What may be refused, and by which words; and what may go without an answer.

#include <fmt/format.h>

#include <algorithm>

#include "oracle.hpp"

namespace partwise::sim {

bool Oracle::may_be_ended(const UploadModel& upload) const {
  return upload.end_began || !upload.is_open() || latest_seconds_ >= upload.expires_at;
}

void Oracle::check_status(const Request& request, const Reply& reply) {
  const int status = reply.status;
  if (reply.is_success() || (status >= 500 && excuses.faults)) return;
  if (status == 400) return check_refusal(request, reply);
  if (status == 403) return check_quota_refusal(request, reply);
  if (status == 404 && request.upload.empty()) return;  // Of files: judged with them.
  if (status == 404 && excuses.may_be_forgotten) return;
  if (status == 413 && request.is_broken) return;
  // So much time passed at once that its intent was given up.
  const bool is_overtaken = excuses.is_shared && excuses.disturbed >= reply.began;
  if (status == 503 && is_overtaken) return;
  const bool is_lost = status == 404;
  fail(is_lost ? "I1" : "answer", fmt::format("{} {} was answered {}: {}", text_of(request.verb),
                                              request.upload, status, reply.body));
}

void Oracle::check_refusal(const Request& request, const Reply& reply) {
  if (request.is_broken || excuses.disturbed >= reply.began) return;
  if (request.verb == Verb::add_part || request.verb == Verb::complete) return;  // Judged there.
  const bool says_state = !status_in(Document(reply.body).text("error.message")).empty();
  if (request.verb == Verb::cancel && says_state) return;
  // The item that the next page begins behind.
  const bool goes_on = request.query.find("after=") != std::string::npos;
  if (request.verb == Verb::list_uploads && goes_on && excuses.may_be_forgotten) return;
  fail("answer",
       fmt::format("{} was refused without a reason: {}", text_of(request.verb), reply.body));
}

void Oracle::check_quota_refusal(const Request& request, const Reply& reply) {
  const bool takes = request.verb == Verb::add_part || request.verb == Verb::post_file;
  const auto quota = excuses.quota_bytes;
  if (takes && quota && billed_since(reply.began) + request.content.size() > *quota) return;
  fail("I6", fmt::format("{} was refused, and the quota had room: {}", text_of(request.verb),
                         reply.body));
}

void Oracle::refused_part(UploadModel& upload, const Request& request, const Reply& reply) {
  if (reply.status != 400) return;
  const std::string message = Document(reply.body).text("error.message");
  const std::string word = status_in(message);
  learn_state(upload, word, reply);
  const bool has_reason = !word.empty() || request.is_broken || excuses.disturbed >= reply.began ||
                          message.find("would hold") != std::string::npos;
  if (!has_reason) fail("answer", "A part was refused without a reason: " + message);
}

void Oracle::refused_complete(UploadModel& upload, const Request& request, const Reply& reply) {
  const std::string message = Document(reply.body).text("error.message");
  const std::string word = status_in(message);
  learn_state(upload, word, reply);
  const auto content = content_of(upload, request.part_ids);
  const bool right_md5 = content && (!request.md5 || *request.md5 == md5_text(*content));
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string::npos;
  };
  // The digest of a file that was deleted may not be known any more.
  const bool is_unknown = says("is not known any more") && files[upload.file].deletes > 0;
  const bool is_replay = upload.winner == request.part_ids && upload.winner_said < reply.began;
  const bool is_excused = is_unknown || request.is_broken || excuses.disturbed >= reply.began;
  if (is_replay && right_md5 && !is_excused) {
    fail("I8",
         fmt::format("The complete of {} was asked again and refused: {}", upload.id, message));
  }
  const auto is_promised = [&](const std::string& id) {
    const auto found = upload.accepted.find(id);
    return found != upload.accepted.end() && found->second < reply.began;
  };
  if (says("no such part") && std::ranges::all_of(request.part_ids, is_promised)) {
    fail("I1", fmt::format("A part of {} is lost: {}", upload.id, message));
  }
  if (says("bytes in total") && content && content->size() == upload.bytes) {
    fail("I1", fmt::format("Bytes of {} are lost: {}", upload.id, message));
  }
  if (says("The md5 of the parts is") && right_md5) {
    fail("I2", fmt::format("Parts of {} are not what was sent: {}", upload.id, message));
  }
  const bool has_reason = !word.empty() || says("no such part") || says("bytes in total") ||
                          says("The md5 of the parts is");
  if (!has_reason && !is_excused) {
    fail("answer",
         fmt::format("A complete of {} was refused without a reason: {}", upload.id, message));
  }
}

void Oracle::broken_off(const Request& request, std::uint64_t began) {
  if (request.is_broken) return;
  // A stream that had claimed its answer and cannot write it is ended by whoever ends the upload.
  if (request.verb == Verb::add_part && may_be_ended(uploads.at(request.upload))) return;
  if (excuses.faults || excuses.disturbed >= began) return;
  if (request.verb == Verb::get_content && may_be_removed(request.file)) return;
  fail("answer", fmt::format("{} {}{} was not answered to its end.", text_of(request.verb),
                             request.upload, request.file));
}

bool Oracle::may_be_removed(const std::string& file) const {
  const auto found = files.find(file);
  if (!excuses.reader_grace || found == files.end() || found->second.deletes == 0) return false;
  return latest_seconds_ - found->second.deletes_began >= excuses.reader_grace->count();
}

}  // namespace partwise::sim
