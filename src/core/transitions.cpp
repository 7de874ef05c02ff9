#include "core/transitions.hpp"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

namespace partwise {

namespace {

// In messages, so that a hostile id cannot flood a log or an answer.
constexpr std::size_t kShownIdBytesMax = 128;

std::string_view shown(std::string_view id) { return id.substr(0, kShownIdBytesMax); }

Result<JudgedCompletion> judge_replay(const Upload& upload, const Completed& completed,
                                      const CompleteRequest& request) {
  if (!is_replay(upload, request.part_ids)) {
    return fail(ErrorCode::state_conflict,
                fmt::format("Upload {} is already completed (status: completed), with other "
                            "part_ids than these.",
                            upload.id.text),
                "part_ids");
  }
  const bool same_md5 = !request.md5 || request.md5 == completed.md5 ||
                        request.md5 == completed.file.md5 || request.md5 == request.computed_md5;
  if (!same_md5) {
    const bool known = completed.md5 || completed.file.md5 || request.computed_md5;
    return fail(
        ErrorCode::state_conflict,
        fmt::format(
            "Upload {} is already completed (status: completed), and the md5 of its file is "
            "{} {}.",
            upload.id.text, known ? "not" : "not known any more, so it cannot be compared with",
            to_hex(*request.md5)),
        "md5");
  }
  return JudgedCompletion{.upload = upload, .replayed = true, .manifest = {}, .unused = {}};
}

StoredFile file_of(const Upload& upload, const CompleteRequest& request, const Manifest& manifest) {
  StoredFile file;
  file.id = request.file_id;
  file.project = upload.project;
  file.purpose = upload.purpose;
  file.filename = upload.filename;
  file.bytes = upload.bytes;
  file.created_at = upload.created_at;
  if (upload.file_ttl) file.expires_at = upload.created_at + *upload.file_ttl;
  file.crc64 = crc64_of(manifest);
  file.md5 = request.computed_md5;
  return file;
}

}  // namespace

std::string_view status_text(const UploadState& state) {
  struct Words {
    std::string_view operator()(const Pending&) const { return "pending"; }
    std::string_view operator()(const Completed&) const { return "completed"; }
    std::string_view operator()(const Cancelled&) const { return "cancelled"; }
    std::string_view operator()(const Expired&) const { return "expired"; }
  };
  return std::visit(Words{}, state);
}

bool is_overdue(const Upload& upload, Timestamp now) {
  return std::holds_alternative<Pending>(upload.state) && now >= upload.expires_at;
}

Upload at_time(Upload upload, Timestamp now) {
  if (is_overdue(upload, now)) upload.state = Expired{.ended_at = now};
  return upload;
}

Error no_such_upload(std::string_view id) {
  return {ErrorCode::not_found, fmt::format("No such Upload object: {}", shown(id)), "upload_id"};
}

Error no_such_file(std::string_view id) {
  return {ErrorCode::not_found, fmt::format("No such File object: {}", shown(id)), "id"};
}

Error not_pending(const Upload& upload) {
  return {ErrorCode::state_conflict, fmt::format("Upload {} is not pending (status: {}).",
                                                 upload.id.text, status_text(upload.state))};
}

Result<> require_pending(const Upload& upload, Timestamp now) {
  const Upload current = at_time(upload, now);
  if (!std::holds_alternative<Pending>(current.state)) return fail(not_pending(current));
  return {};
}

Result<> judge_part(const Upload& upload, std::uint64_t part_bytes, const CoreLimits& limits,
                    Timestamp now) {
  CHECK(require_pending(upload, now));
  if (part_bytes > upload.bytes) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The part has {} bytes, more than the {} bytes that the Upload declares.",
                    part_bytes, upload.bytes),
        "data");
  }
  const std::uint64_t stored_max = 2 * upload.bytes + limits.stored_bytes_slack;
  if (part_bytes > stored_max - std::min(upload.stored_bytes, stored_max)) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The parts of this Upload would hold {} bytes; at most {} are kept for "
                            "{} declared bytes. Cancel it and create a new one.",
                            upload.stored_bytes + part_bytes, stored_max, upload.bytes),
                "data");
  }
  if (upload.part_count >= limits.parts_per_upload_max) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The Upload has {} parts already, which is the maximum. Use larger parts.",
                    upload.part_count),
        "data");
  }
  return {};
}

Result<Upload> judge_cancel(Upload upload, Timestamp now) {
  upload = at_time(std::move(upload), now);
  if (std::holds_alternative<Cancelled>(upload.state)) return upload;
  if (!std::holds_alternative<Pending>(upload.state)) return fail(not_pending(upload));
  upload.state = Cancelled{.ended_at = now};
  return upload;
}

Result<std::vector<Part>> select_parts(std::span<const Part> parts,
                                       std::span<const std::string> part_ids) {
  struct Known {
    const Part* part;
    bool used;
  };
  std::unordered_map<std::string_view, Known> known;
  known.reserve(parts.size());
  for (const Part& part : parts) known.emplace(part.id.text, Known{&part, false});
  std::vector<Part> selected;
  selected.reserve(part_ids.size());
  for (std::size_t i = 0; i < part_ids.size(); ++i) {
    const auto found = known.find(part_ids[i]);
    if (found == known.end()) {
      return fail(
          ErrorCode::invalid_request,
          fmt::format("part_ids[{}]: no such part of this Upload: {}.", i, shown(part_ids[i])),
          "part_ids");
    }
    if (found->second.used) {
      return fail(ErrorCode::invalid_request,
                  fmt::format("part_ids[{}]: the part {} is named twice.", i, shown(part_ids[i])),
                  "part_ids");
    }
    found->second.used = true;
    selected.push_back(*found->second.part);
  }
  return selected;
}

Result<JudgedCompletion> judge_complete(const Upload& upload, std::span<const Part> parts,
                                        const CompleteRequest& request, Timestamp now) {
  const Upload current = at_time(upload, now);
  if (const auto* completed = std::get_if<Completed>(&current.state)) {
    return judge_replay(current, *completed, request);
  }
  if (!std::holds_alternative<Pending>(current.state)) return fail(not_pending(current));
  TRY(const auto selected, select_parts(parts, request.part_ids));

  JudgedCompletion completion;
  std::uint64_t sum = 0;
  std::unordered_map<std::string_view, bool> used;
  for (const Part& part : selected) {
    sum += part.blob.bytes;
    used.emplace(part.id.text, true);
    completion.manifest.push_back(part.blob);
  }
  if (sum != current.bytes) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The parts have {} bytes in total, but the Upload declares {} bytes.",
                            sum, current.bytes),
                "part_ids");
  }
  if (request.md5 && !request.computed_md5) {
    return fail(ErrorCode::unavailable, "The md5 of these parts has not been computed yet.", "md5");
  }
  if (request.md5 && request.md5 != request.computed_md5) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The md5 of the parts is {}, not {} as the request says.",
                            to_hex(*request.computed_md5), to_hex(*request.md5)),
                "md5");
  }
  for (const Part& part : parts) {
    if (!used.contains(part.id.text)) completion.unused.push_back(part.blob.key);
  }
  completion.upload = current;
  completion.upload.state = Completed{.ended_at = now,
                                      .file = file_of(current, request, completion.manifest),
                                      .request = fingerprint_of(request.part_ids),
                                      .md5 = request.md5};
  return completion;
}

bool is_replay(const Upload& upload, std::span<const std::string> part_ids) {
  const auto* completed = std::get_if<Completed>(&upload.state);
  return completed != nullptr && fingerprint_of(part_ids) == completed->request;
}

void add_to_fingerprint(Digester& fingerprint, std::string_view part_id) {
  // The ids of a replay are any text, so a separator could stand inside one.
  fingerprint.update(as_bytes(fmt::format("{}:", part_id.size())));
  fingerprint.update(as_bytes(part_id));
}

Sha256Digest fingerprint_of(std::span<const std::string> part_ids) {
  Digester digester(Digester::Kind::sha256);
  for (const std::string& id : part_ids) add_to_fingerprint(digester, id);
  Sha256Digest digest{};
  digester.finish(digest);
  return digest;
}

std::uint64_t crc64_of(const Manifest& manifest) {
  Crc64 whole;
  for (const BlobRef& blob : manifest) whole = Crc64::combine(whole, Crc64(blob.crc64), blob.bytes);
  return whole.value();
}

}  // namespace partwise
