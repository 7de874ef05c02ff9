#include "api/check_mapping.hpp"

namespace partwise::api {

namespace {

wire::WirePlace to_wire(const CatalogBlob& blob) {
  wire::WirePlace place{.part_id = {},
                        .upload_id = blob.place.upload_id,
                        .file_id = {},
                        .part_number = blob.place.number,
                        .part_count = blob.place.count,
                        .offset = blob.place.offset,
                        .bytes = blob.ref.bytes};
  (blob.owner == CatalogBlob::Owner::part ? place.part_id : place.file_id) = blob.owner_id;
  return place;
}

}  // namespace

wire::WireFinding to_wire(const Finding& finding) {
  wire::WireFinding made{.kind = std::string(name_of(finding.kind)),
                         .subject = finding.subject,
                         .sentence = finding.sentence,
                         .repaired = finding.repaired,
                         .place = {}};
  if (finding.blob) made.place = to_wire(*finding.blob);
  return made;
}

wire::WireCheck to_wire(const OnlineReport& report) {
  wire::WireCheck check{.clean = report.is_clean(),
                        .blobs_listed = report.blobs_listed,
                        .blobs_checked = report.blobs_checked,
                        .bytes_checked = report.bytes_checked,
                        .findings_total = report.findings_total,
                        .findings = {}};
  check.findings.reserve(report.findings.size());
  for (const Finding& finding : report.findings) check.findings.push_back(to_wire(finding));
  return check;
}

}  // namespace partwise::api
