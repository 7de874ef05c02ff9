#include "wire/objects.hpp"

namespace partwise::wire {

namespace {

void write_part_keys(JsonWriter& out, const WirePart& part) {
  out.key("id").text(part.id).key("object").text("upload.part");
  out.key("created_at").number(part.created_at).key("upload_id").text(part.upload_id);
}

}  // namespace

void write(JsonWriter& out, const WireFile& file) {
  out.begin_object().key("object").text("file").key("id").text(file.id);
  out.key("purpose").text(file.purpose).key("filename").text(file.filename);
  out.key("bytes").number(file.bytes).key("created_at").number(file.created_at);
  out.key("expires_at").number_or_null(file.expires_at).key("status").text(file.status);
  out.key("status_details").text_or_null(file.status_details).end_object();
}

void write(JsonWriter& out, const WireUpload& upload) {
  out.begin_object().key("id").text(upload.id).key("object").text("upload");
  out.key("bytes").number(upload.bytes).key("created_at").number(upload.created_at);
  out.key("filename").text(upload.filename).key("purpose").text(upload.purpose);
  out.key("status").text(upload.status).key("expires_at").number(upload.expires_at);
  if (upload.file) {
    out.key("file");
    write(out, *upload.file);
  }
  out.end_object();
}

void write(JsonWriter& out, const WirePart& part) {
  out.begin_object();
  write_part_keys(out, part);
  out.end_object();
}

void write(JsonWriter& out, const WireListedPart& listed) {
  out.begin_object();
  write_part_keys(out, listed.part);
  out.key("bytes").number(listed.bytes).key("crc64").text(listed.crc64);
  if (listed.md5) out.key("md5").text(*listed.md5);
  if (listed.sha256) out.key("sha256").text(*listed.sha256);
  out.end_object();
}

void write(JsonWriter& out, const WireDeletedFile& deleted) {
  out.begin_object().key("object").text("file").key("deleted").boolean(true);
  out.key("id").text(deleted.id).end_object();
}

void write(JsonWriter& out, const WireError& error) {
  out.begin_object().key("error").begin_object();
  out.key("message").text(error.message).key("type").text(error.type);
  out.key("param").text_or_null(error.param).key("code").text_or_null(error.code).end_object();
  if (error.with_detail) {
    out.key("detail").begin_object().key("message").text(error.message);
    out.key("code").text_or_null(error.code).end_object();
  }
  out.end_object();
}

}  // namespace partwise::wire
