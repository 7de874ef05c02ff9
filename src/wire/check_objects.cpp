#include "wire/check_objects.hpp"

namespace partwise::wire {

void write(JsonWriter& out, const WireFinding& finding) {
  out.begin_object().key("kind").text(finding.kind).key("subject").text(finding.subject);
  out.key("sentence").text(finding.sentence).key("repaired").boolean(finding.repaired);
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
