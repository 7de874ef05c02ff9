#include "wire/check_objects.hpp"

namespace partwise::wire {

namespace {

void write_fields(JsonWriter& out, const WirePlace& place) {
  if (place.file_id.empty()) {
    out.key("part_id").text(place.part_id).key("upload_id").text(place.upload_id);
    out.key("part_number").number(place.part_number);
  } else {
    out.key("file_id").text(place.file_id).key("part_number").number(place.part_number);
    out.key("part_count").number(place.part_count).key("offset").number(place.offset);
  }
  out.key("bytes").number(place.bytes);
}

}  // namespace

void write(JsonWriter& out, const WireFinding& finding) {
  out.begin_object().key("kind").text(finding.kind).key("subject").text(finding.subject);
  out.key("sentence").text(finding.sentence).key("repaired").boolean(finding.repaired);
  if (finding.place) write_fields(out, *finding.place);
  out.end_object();
}

void write(JsonWriter& out, const WireCheck& check) {
  out.begin_object().key("object").text("fsck").key("clean").boolean(check.clean);
  out.key("blobs_listed").number(check.blobs_listed);
  out.key("blobs_checked").number(check.blobs_checked);
  out.key("bytes_checked").number(check.bytes_checked);
  out.key("findings_total").number(check.findings_total).key("findings").begin_array();
  for (const WireFinding& finding : check.findings) write(out, finding);
  out.end_array().end_object();
}

}  // namespace partwise::wire
