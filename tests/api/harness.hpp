#pragma once

// The whole server but for its configuration: real services on stores in memory, behind a real
// socket on the loopback, with a clock that only moves when a test says so. Tests talk to it as any
// client does.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/cors.hpp"
#include "api/limits.hpp"
#include "core/account.hpp"
#include "core/content_checker.hpp"
#include "core/download_policy.hpp"
#include "core/limits.hpp"
#include "http/limits.hpp"
#include "support/http_client.hpp"
#include "support/manual_clock.hpp"
#include "wire/json_reader.hpp"

namespace partwise::test {

// A JSON document in an answer, for reading in tests: what is not there, or of another type, is
// empty.
class Json {
 public:
  explicit Json(std::string_view text);

  // The keys of the object at `path` (members joined by '.'), in their order; the document itself
  // at "".
  [[nodiscard]] std::vector<std::string> keys(std::string_view path = {}) const;
  [[nodiscard]] std::string text(std::string_view path) const;
  [[nodiscard]] std::int64_t number(std::string_view path) const;
  [[nodiscard]] bool truth(std::string_view path) const;
  [[nodiscard]] bool is_null(std::string_view path) const;
  // The member `key` of every object in the array at `path`.
  [[nodiscard]] std::vector<std::string> texts(std::string_view path, std::string_view key) const;

 private:
  [[nodiscard]] const wire::JsonValue* find(std::string_view path) const;
  wire::JsonValue root_;
};

struct ApiHarnessOptions {
  CoreLimits core;
  api::ApiLimits api;
  http::HttpLimits http;
  api::CorsPolicy cors = {};
  DownloadPolicy download_policy = DownloadPolicy::all;
  MakeContentCheck make_check = {};
  std::uint32_t requests_per_minute = 0;  // Of each key; 0: no limit.
  std::uint32_t requests_per_key_max = 0;
};

class ApiHarness {
 public:
  // The keys of the projects `default` and `other`.
  static constexpr std::string_view kKey = "pw-key-of-default";
  static constexpr std::string_view kOtherKey = "pw-key-of-other";
  // Of `default`, with the role service; of `operations`, with the role admin.
  static constexpr std::string_view kServiceKey = "pw-service-key-of-default";
  static constexpr std::string_view kAdminKey = "pw-admin-key-of-operations";

  explicit ApiHarness(ApiHarnessOptions options = {});
  // Ends all connections, and the threads.
  ~ApiHarness();
  ApiHarness(const ApiHarness&) = delete;
  ApiHarness& operator=(const ApiHarness&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  // Of the domain; the connections have the system's.
  [[nodiscard]] ManualClock& clock();

  // One request on a connection of its own, with the key of `default` unless it brings a key
  // itself.
  [[nodiscard]] HttpReply send(HttpRequest request) const;
  [[nodiscard]] HttpReply get(const std::string& target) const;
  // The same with one of the other keys.
  [[nodiscard]] HttpReply send_as(std::string_view key, HttpRequest request) const;
  [[nodiscard]] HttpReply post(const std::string& target, const std::string& body = {}) const;

  // A new upload of `bytes` bytes; its id.
  [[nodiscard]] std::string create_upload(std::uint64_t bytes,
                                          std::string_view purpose = "assistants") const;
  // A new part; its id.
  [[nodiscard]] std::string add_part(const std::string& upload_id, std::string_view data) const;
  // An upload of `content` in one part, completed; the id of its file.
  [[nodiscard]] std::string create_file(std::string_view content) const;

  // A file of `content`, posted whole; its id.
  [[nodiscard]] std::string post_file(std::string_view purpose, std::string_view content) const;

  // Returns when `count` requests are in the registry of the upload.
  void await_streams(const std::string& upload_id, std::size_t count) const;
  [[nodiscard]] std::size_t blob_count() const;
  [[nodiscard]] std::size_t staged_count() const;
  // The project's quotas from now on; makes it where it does not exist.
  void set_quotas(const std::string& project, Quotas quotas);
  // What `/readyz` says; empty: ready.
  void set_not_ready(std::string reason);
  // The blobs of a file of `default` from the `first` on are lost, and the metadata stays.
  void lose_blobs(const std::string& file_id, std::size_t first);

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

// A form with one field `data`; boundary `B`.
[[nodiscard]] std::string form_of(std::string_view data);
[[nodiscard]] std::string form_field(std::string_view name, std::string_view content);
[[nodiscard]] HttpRequest part_request(const std::string& upload_id, std::string body);
// `POST /v1/files`
[[nodiscard]] HttpRequest file_request(std::string body);
// `{"part_ids":[...]}`
[[nodiscard]] std::string part_ids_json(const std::vector<std::string>& part_ids);

}  // namespace partwise::test
