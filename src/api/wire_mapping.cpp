#include "api/wire_mapping.hpp"

namespace partwise::api {

wire::WireUpload to_wire(const Upload& upload) {
  wire::WireUpload object;
  object.id = upload.id.text;
  object.bytes = upload.bytes;
  object.created_at = unix_seconds(upload.created_at);
  object.filename = upload.filename;
  object.purpose = purpose_text(upload.purpose);
  object.status = status_text(upload.state);
  object.expires_at = unix_seconds(upload.expires_at);
  if (const auto* completed = std::get_if<Completed>(&upload.state)) {
    object.file = to_wire(completed->file);
  }
  return object;
}

wire::WireFile to_wire(const StoredFile& file) {
  wire::WireFile object;
  object.id = file.id.text;
  object.purpose = purpose_text(file.purpose);
  object.filename = file.filename;
  object.bytes = file.bytes;
  object.created_at = unix_seconds(file.created_at);
  if (file.expires_at) object.expires_at = unix_seconds(*file.expires_at);
  return object;
}

wire::WirePart to_wire(const Part& part) {
  return {.id = part.id.text,
          .created_at = unix_seconds(part.created_at),
          .upload_id = part.upload_id.text};
}

wire::WireListedPart to_listed_wire(const Part& part) {
  wire::WireListedPart object;
  object.part = to_wire(part);
  object.bytes = part.blob.bytes;
  object.crc64 = crc64_text(part.blob.crc64);
  if (part.digests.md5) object.md5 = to_hex(*part.digests.md5);
  if (part.digests.sha256) object.sha256 = to_hex(*part.digests.sha256);
  return object;
}

namespace {

template <class WireObject, class Object, class Map>
wire::WireList<WireObject> list_of(const Page<Object>& page, Map map) {
  wire::WireList<WireObject> list;
  list.data.reserve(page.items.size());
  for (const Object& item : page.items) list.data.push_back(map(item));
  list.has_more = page.has_more;
  return list;
}

}  // namespace

wire::WireList<wire::WireUpload> to_wire(const Page<Upload>& page) {
  return list_of<wire::WireUpload>(page, [](const Upload& upload) { return to_wire(upload); });
}

wire::WireList<wire::WireFile> to_wire(const Page<StoredFile>& page) {
  return list_of<wire::WireFile>(page, [](const StoredFile& file) { return to_wire(file); });
}

wire::WireList<wire::WireListedPart> to_wire(const Page<Part>& page) {
  return list_of<wire::WireListedPart>(page, [](const Part& part) { return to_listed_wire(part); });
}

}  // namespace partwise::api
