#include "request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash.hpp"
#include "node.hpp"

namespace partwise::sim {

namespace {

constexpr std::array<std::string_view, 12> kVerbs{
    "create_upload", "add_part",  "complete", "cancel",      "get_upload",  "list_uploads",
    "list_parts",    "post_file", "get_file", "get_content", "delete_file", "list_files"};

std::string field(std::string_view head, std::string_view content) {
  return fmt::format("--B\r\nContent-Disposition: form-data; {}\r\n\r\n{}\r\n", head, content);
}

std::string body_of(const Request& request) {
  switch (request.verb) {
    case Verb::create_upload:
      return fmt::format(
          R"({{"filename":"{}","purpose":"user_data","bytes":{},"mime_type":"text/plain"}})",
          request.filename, request.bytes);
    case Verb::add_part: {
      std::string form;
      if (request.md5) form += field("name=\"md5\"", *request.md5);
      return form + field("name=\"data\"; filename=\"d\"", request.content) + "--B--\r\n";
    }
    case Verb::post_file:
      return field("name=\"purpose\"", "user_data") +
             field(fmt::format("name=\"file\"; filename=\"{}\"", request.filename),
                   request.content) +
             "--B--\r\n";
    case Verb::complete: {
      const std::string md5 = request.md5 ? fmt::format(",\"md5\":\"{}\"", *request.md5) : "";
      if (request.part_ids.empty()) return fmt::format("{{\"part_ids\":[]{}}}", md5);
      return fmt::format("{{\"part_ids\":[\"{}\"]{}}}", fmt::join(request.part_ids, "\",\""), md5);
    }
    default:
      return {};
  }
}

std::pair<std::string_view, std::string> target_of(const Request& request) {
  const std::string upload = "/v1/uploads/" + request.upload;
  const std::string file = "/v1/files/" + request.file;
  switch (request.verb) {
    case Verb::create_upload:
      return {"POST", "/v1/uploads"};
    case Verb::add_part:
      return {"POST", upload + "/parts"};
    case Verb::complete:
      return {"POST", upload + "/complete"};
    case Verb::cancel:
      return {"POST", upload + "/cancel"};
    case Verb::get_upload:
      return {"GET", upload};
    case Verb::list_uploads:
      return {"GET", "/v1/uploads" + request.query};
    case Verb::list_parts:
      return {"GET", upload + "/parts" + request.query};
    case Verb::post_file:
      return {"POST", "/v1/files"};
    case Verb::get_file:
      return {"GET", file};
    case Verb::get_content:
      return {"GET", file + "/content"};
    case Verb::delete_file:
      return {"DELETE", file};
    case Verb::list_files:
      return {"GET", "/v1/files" + request.query};
  }
  return {"GET", "/"};
}

// The value of a header in a head as the server writes it, in lower case.
std::string_view header_in(std::string_view head, std::string_view name) {
  const std::size_t at = head.find(fmt::format("\r\n{}: ", name));
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);  // 0 where it is none.
  return value;
}

}  // namespace

std::string_view text_of(Verb verb) { return kVerbs.at(static_cast<std::size_t>(verb)); }

std::string Request::bytes_on_wire() const {
  const auto [method, target] = target_of(*this);
  const std::string body = body_of(*this);
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer {}\r\n",
                                 method, target, Node::kKey);
  const bool is_form = verb == Verb::add_part || verb == Verb::post_file;
  if (is_form) text += "Content-Type: multipart/form-data; boundary=B\r\n";
  if (!idempotency_key.empty()) text += fmt::format("Idempotency-Key: {}\r\n", idempotency_key);
  if (method == "POST") text += fmt::format("Content-Length: {}\r\n", body.size());
  return text + "\r\n" + body;
}

std::optional<Reply> parse_reply(std::string_view received, std::size_t& used) {
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = received.substr(0, end + 2);
  const std::uint64_t bytes = number_in(header_in(head, "content-length"));
  if (received.size() < end + 4 + bytes) return std::nullopt;
  Reply reply;
  reply.status = static_cast<int>(number_in(head.substr(9, 3)));
  reply.keep_alive = header_in(head, "connection") == "keep-alive";
  reply.names_no_retry = header_in(head, "x-should-retry") == "false";
  reply.body = received.substr(end + 4, bytes);
  used = end + 4 + bytes;
  return reply;
}

Document::Document(std::string_view text) {
  auto parsed = wire::parse_json(text);
  if (parsed) root_ = std::move(*parsed);
}

const wire::JsonValue* Document::find(std::string_view path) const {
  const wire::JsonValue* value = &root_;
  while (!path.empty() && value != nullptr) {
    const std::size_t end = std::min(path.find('.'), path.size());
    const auto* object = std::get_if<wire::JsonObject>(&value->value);
    if (object == nullptr) return nullptr;
    value = wire::find_member(*object, path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return value;
}

std::string Document::text(std::string_view path) const {
  const auto* value = find(path);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
  return text == nullptr ? std::string() : *text;
}

std::uint64_t Document::number(std::string_view path) const {
  const auto* value = find(path);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(&value->value);
  return number == nullptr ? 0 : static_cast<std::uint64_t>(*number);
}

bool Document::truth(std::string_view path) const {
  const auto* value = find(path);
  const auto* truth = value == nullptr ? nullptr : std::get_if<bool>(&value->value);
  return truth != nullptr && *truth;
}

std::vector<Document> Document::items(std::string_view path) const {
  std::vector<Document> found;
  const auto* value = find(path);
  const auto* array = value == nullptr ? nullptr : std::get_if<wire::JsonArray>(&value->value);
  if (array == nullptr) return found;
  for (const wire::JsonValue& item : *array) found.emplace_back(item);
  return found;
}

std::string md5_text(const std::string& content) { return to_hex(md5(as_bytes(content))); }

std::string status_in(std::string_view message) {
  constexpr std::string_view kBefore = "(status: ";
  const std::size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + kBefore.size();
  return std::string(message.substr(begin, message.find(')', begin) - begin));
}

}  // namespace partwise::sim
