#include "api/account_mapping.hpp"

namespace partwise::api {

namespace {

wire::WireTally to_wire(const Tally& tally) { return {.count = tally.count, .bytes = tally.bytes}; }

wire::WireFigures figures_of(const Usage& usage) {
  wire::WireFigures figures;
  figures.stored_bytes = usage.project.stored_bytes;
  figures.pending = to_wire(usage.pending);
  figures.pending_stored_bytes = usage.pending_stored_bytes;
  figures.completed = to_wire(usage.completed);
  figures.cancelled = to_wire(usage.cancelled);
  figures.expired = to_wire(usage.expired);
  for (const Purpose purpose : kPurposes) {
    const Tally& tally = usage.files.at(static_cast<std::size_t>(purpose));
    figures.files.emplace_back(purpose_text(purpose), to_wire(tally));
  }
  figures.reclaimable_bytes = usage.reclaimable.bytes;
  if (const auto& oldest = usage.oldest_pending) {
    figures.oldest_pending_upload = {.id = oldest->id.text,
                                     .created_at = unix_seconds(oldest->created_at)};
  }
  return figures;
}

}  // namespace

wire::WireKey to_wire(const ApiKey& key) {
  wire::WireKey object;
  object.id = key.id.text;
  object.project = key.project.text;
  object.name = key.name;
  object.role = role_text(key.role);
  object.created_at = unix_seconds(key.created_at);
  if (key.expires_at) object.expires_at = unix_seconds(*key.expires_at);
  if (key.revoked_at) object.revoked_at = unix_seconds(*key.revoked_at);
  return object;
}

wire::WireKey to_wire(const CreatedKey& created) {
  wire::WireKey object = to_wire(created.key);
  object.key = created.text;
  return object;
}

wire::WireList<wire::WireKey> to_wire(const std::vector<ApiKey>& keys) {
  wire::WireList<wire::WireKey> list;
  list.has_pages = false;
  list.data.reserve(keys.size());
  for (const ApiKey& key : keys) list.data.push_back(to_wire(key));
  return list;
}

wire::WireUsage to_wire(const Usage& usage) {
  return {.project = usage.project.id.text,
          .figures = figures_of(usage),
          .quota_bytes = usage.project.quotas.bytes,
          .quota_open_uploads = usage.project.quotas.open_uploads};
}

wire::WireUsageList to_wire_list(const std::vector<Usage>& usages) {
  wire::WireUsageList list{.data = {}, .totals = figures_of(sum_of(usages))};
  for (const Usage& usage : usages) list.data.push_back(to_wire(usage));
  return list;
}

}  // namespace partwise::api
