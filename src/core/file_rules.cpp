#include "core/file_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace partwise {

namespace {

// What follows the last dot of the name, in lower case; nothing where there is no dot.
std::optional<std::string> extension_of(std::string_view filename) {
  const std::size_t dot = filename.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  std::string extension(filename.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

Result<> check_extension(const CreateFileRequest& request) {
  const bool is_batch = request.purpose == Purpose::batch;
  if (!is_batch && request.purpose != Purpose::fine_tune) return {};
  const auto extension = extension_of(request.filename);
  if (!extension || *extension == "jsonl") return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("Invalid file format for {} API. Must be .jsonl",
                          is_batch ? "Batch" : "Fine-Tuning"),
              "file");
}

}  // namespace

Result<> check_filename(std::string_view filename, const CoreLimits& limits) {
  if (filename.empty()) {
    return fail(ErrorCode::invalid_request, "'' is too short - 'filename'", "filename");
  }
  if (filename.size() > limits.filename_bytes_max) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The file name has {} bytes, more than the maximum of {} - 'filename'",
                            filename.size(), limits.filename_bytes_max),
                "filename");
  }
  return {};
}

Result<> check_expires_after(std::optional<std::chrono::seconds> expires_after,
                             const CoreLimits& limits) {
  if (!expires_after) return {};
  const std::int64_t seconds = expires_after->count();
  if (seconds < limits.file_ttl_min.count()) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} is less than the minimum of {} - 'expires_after.seconds'", seconds,
                            limits.file_ttl_min.count()),
                "expires_after.seconds");
  }
  if (seconds > limits.file_ttl_max.count()) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} is greater than the maximum of {} - 'expires_after.seconds'",
                            seconds, limits.file_ttl_max.count()),
                "expires_after.seconds");
  }
  return {};
}

Result<> check_new_file(const CreateFileRequest& request, const CoreLimits& limits) {
  CHECK(check_filename(request.filename, limits));
  CHECK(check_expires_after(request.expires_after, limits));
  return check_extension(request);
}

std::uint64_t file_bytes_max(Purpose purpose, const CoreLimits& limits) {
  if (purpose != Purpose::batch) return limits.file_bytes_max;
  return std::min(limits.batch_file_bytes_max, limits.file_bytes_max);
}

Error file_too_large(Purpose purpose, const CoreLimits& limits) {
  if (purpose == Purpose::batch) return {ErrorCode::invalid_request, "File is too large.", "file"};
  return {ErrorCode::too_large,
          fmt::format("The file is larger than the maximum of {} bytes. Send it in parts, with "
                      "POST /v1/uploads.",
                      limits.file_bytes_max),
          "file"};
}

std::optional<std::chrono::seconds> file_ttl_of(Purpose purpose,
                                                std::optional<std::chrono::seconds> expires_after,
                                                const CoreLimits& limits) {
  if (expires_after) return expires_after;
  if (purpose == Purpose::batch) return limits.batch_file_ttl;
  return std::nullopt;
}

}  // namespace partwise
