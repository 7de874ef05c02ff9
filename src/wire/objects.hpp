#pragma once

// OpenAI's objects as they go over the wire, and their JSON. The order of the members here is the
// order of the keys there. Times are Unix seconds; sizes are bytes. Source: recorded live traffic.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "wire/json_writer.hpp"

namespace partwise::wire {

// {"object":"file", ...}: `expires_at` and `status_details` are present as null.
struct WireFile {
  std::string id;
  std::string purpose;
  std::string filename;
  std::uint64_t bytes = 0;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  // `processed` from the start: the SDKs poll for 30 minutes on anything else.
  std::string status = "processed";
  std::optional<std::string> status_details;
};

// {"id", "object":"upload", ...}: `file` is absent unless the upload is completed.
struct WireUpload {
  std::string id;
  std::uint64_t bytes = 0;
  std::int64_t created_at = 0;
  std::string filename;
  std::string purpose;
  std::string status;
  std::int64_t expires_at = 0;
  std::optional<WireFile> file;
};

// {"id", "object":"upload.part", ...}
struct WirePart {
  std::string id;
  std::int64_t created_at = 0;
  std::string upload_id;
};

// A part as the list of parts shows it, an extension: the keys of a part, then these. Digests are
// absent where they are not known.
struct WireListedPart {
  WirePart part;
  std::uint64_t bytes = 0;
  std::string crc64;                  // CRC-64/XZ, 16 lower-case hexadecimal digits.
  std::optional<std::string> md5;     // Lower-case hexadecimal.
  std::optional<std::string> sha256;  // Lower-case hexadecimal.
};

// {"object":"file","deleted":true,"id"}
struct WireDeletedFile {
  std::string id;
};

// {"object":"list","data":[...],"has_more","first_id","last_id"}: the ids are those of the first
// and the last item, null where there is none.
template <class T>
struct WireList {
  std::vector<T> data;
  bool has_more = false;
  bool has_pages = true;  // Else it is never cut: nobody could ask for the rest.
};

// {"error":{"message","type","param","code"}}, and where `with_detail` is set a top-level
// "detail":{"message","code"} after it, as the live service has it on /files.
struct WireError {
  std::string message;
  std::string type;
  std::optional<std::string> param;
  std::optional<std::string> code;
  bool with_detail = false;
};

void write(JsonWriter& out, const WireFile& file);
void write(JsonWriter& out, const WireUpload& upload);
void write(JsonWriter& out, const WirePart& part);
void write(JsonWriter& out, const WireListedPart& listed);
void write(JsonWriter& out, const WireDeletedFile& deleted);
void write(JsonWriter& out, const WireError& error);

[[nodiscard]] inline const std::string& id_of(const WireFile& file) { return file.id; }
[[nodiscard]] inline const std::string& id_of(const WireUpload& upload) { return upload.id; }
[[nodiscard]] inline const std::string& id_of(const WireListedPart& listed) {
  return listed.part.id;
}

// A page ends with the item that goes beyond this, and says that it has more: names of a kilobyte
// make pages of any other length. 10 000 uploads with names of usual length have less.
inline constexpr std::size_t kListBytesMax = 8 * kMiB;

template <class T>
void write(JsonWriter& out, const WireList<T>& list) {
  std::optional<std::string> first_id;
  std::optional<std::string> last_id;
  if (!list.data.empty()) first_id = id_of(list.data.front());
  out.begin_object().key("object").text("list").key("data").begin_array();
  std::size_t written = 0;
  const std::size_t bytes_max = list.has_pages ? kListBytesMax : SIZE_MAX;
  for (; written < list.data.size() && out.bytes() <= bytes_max; ++written) {
    write(out, list.data[written]);
    last_id = id_of(list.data[written]);
  }
  out.end_array().key("has_more").boolean(list.has_more || written < list.data.size());
  out.key("first_id").text_or_null(first_id).key("last_id").text_or_null(last_id).end_object();
}

// The whole document.
template <class T>
[[nodiscard]] std::string to_json(const T& object) {
  JsonWriter out;
  write(out, object);
  return out.take();
}

}  // namespace partwise::wire
