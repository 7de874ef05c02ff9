#pragma once

// What a client asks for, as bytes for the server and in words for the oracle, and what it hears.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_reader.hpp"

namespace partwise::sim {

enum class Verb : std::uint8_t {
  create_upload,
  add_part,
  complete,
  cancel,
  get_upload,
  list_uploads,
  list_parts,
  post_file,
  get_file,
  get_content,
  delete_file,
  list_files,
};

[[nodiscard]] std::string_view text_of(Verb verb);

struct Request {
  Verb verb = Verb::get_upload;
  std::string upload = {};  // The id that it is about, where it is about one.
  std::string file = {};
  std::string filename = {};         // Of create_upload and post_file: each name is used once.
  std::string idempotency_key = {};  // Of create_upload; empty: none.
  std::uint64_t bytes = 0;           // Declared.
  std::string content = {};          // Of add_part and post_file.
  std::vector<std::string> part_ids = {};
  std::optional<std::string> md5 = {};  // That the request names.
  std::string query = {};
  bool is_broken = false;  // The server may refuse it as it stands: its form, size or digest.

  // The whole request on the wire.
  [[nodiscard]] std::string bytes_on_wire() const;
};

struct Reply {
  int status = 0;  // 0: no whole answer came.
  bool keep_alive = false;
  bool names_no_retry = false;
  std::string body = {};
  // Steps: when the client began to send, and when the server wrote the answer's first and last
  // byte.
  std::uint64_t began = 0;
  std::uint64_t first_byte = 0;
  std::uint64_t last_byte = 0;
  std::uint32_t run = 0;           // Of the server, that answered.
  std::int64_t began_seconds = 0;  // When the client began, by the clock that decides.

  [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

// Reads one answer from the start of `received`. Nothing while it is not whole; `used` says how
// many bytes it had.
[[nodiscard]] std::optional<Reply> parse_reply(std::string_view received, std::size_t& used);

// A JSON document in an answer: what is not there, or of another type, is empty.
class Document {
 public:
  explicit Document(std::string_view text);
  explicit Document(const wire::JsonValue& value) : root_(value) {}
  // Members joined by '.'.
  [[nodiscard]] std::string text(std::string_view path) const;
  [[nodiscard]] std::uint64_t number(std::string_view path) const;
  [[nodiscard]] bool truth(std::string_view path) const;
  [[nodiscard]] std::vector<Document> items(std::string_view path) const;

 private:
  [[nodiscard]] const wire::JsonValue* find(std::string_view path) const;
  wire::JsonValue root_;
};

// As requests and answers spell it.
[[nodiscard]] std::string md5_text(const std::string& content);
// The word in `(status: word)` of a refusal; empty where there is none.
[[nodiscard]] std::string status_in(std::string_view message);

}  // namespace partwise::sim
