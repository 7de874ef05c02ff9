#pragma once

// Ids are types. Parsing is where untrusted text becomes one; whatever does not parse names no
// object.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace partwise {

// `upload_` + 32 lower-case hexadecimal digits, the first 8 of them the Unix second of its
// creation. Source: recorded live traffic.
struct UploadId {
  std::string text;
  [[nodiscard]] static std::optional<UploadId> parse(std::string_view text);
  [[nodiscard]] static UploadId generate(Random& random, Timestamp now);
  friend auto operator<=>(const UploadId&, const UploadId&) = default;
};

// `part_` + 32 lower-case hexadecimal digits, as above.
struct PartId {
  std::string text;
  [[nodiscard]] static std::optional<PartId> parse(std::string_view text);
  [[nodiscard]] static PartId generate(Random& random, Timestamp now);
  friend auto operator<=>(const PartId&, const PartId&) = default;
};

// `file-` + 22 letters and digits. Source: recorded live traffic.
struct FileId {
  std::string text;
  [[nodiscard]] static std::optional<FileId> parse(std::string_view text);
  [[nodiscard]] static FileId generate(Random& random);
  friend auto operator<=>(const FileId&, const FileId&) = default;
};

// 1 to 64 characters of a-z, 0-9, '-' and '_', chosen by the operator.
struct ProjectId {
  std::string text;
  [[nodiscard]] static std::optional<ProjectId> parse(std::string_view text);
  friend auto operator<=>(const ProjectId&, const ProjectId&) = default;
};

// `key_` + 24 letters and digits: names an API key without being one.
struct KeyId {
  std::string text;
  [[nodiscard]] static std::optional<KeyId> parse(std::string_view text);
  [[nodiscard]] static KeyId generate(Random& random);
  friend auto operator<=>(const KeyId&, const KeyId&) = default;
};

// An id together with the project that asks: a store never looks one up without the other.
struct OwnedUploadId {
  ProjectId project;
  UploadId id;
  friend auto operator<=>(const OwnedUploadId&, const OwnedUploadId&) = default;
};

struct OwnedFileId {
  ProjectId project;
  FileId id;
  friend auto operator<=>(const OwnedFileId&, const OwnedFileId&) = default;
};

// One run of the server, from start to exit. 16 lower-case hexadecimal digits.
struct RunId {
  std::string text;
  [[nodiscard]] static RunId generate(Random& random);
  friend auto operator<=>(const RunId&, const RunId&) = default;
};

}  // namespace partwise
