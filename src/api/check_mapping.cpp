#include "api/check_mapping.hpp"

namespace partwise::api {

wire::WireFinding to_wire(const Finding& finding) {
  return {.kind = std::string(name_of(finding.kind)),
          .subject = finding.subject,
          .sentence = finding.sentence,
          .repaired = finding.repaired};
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
