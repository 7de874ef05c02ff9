#include "wire/account_objects.hpp"

namespace partwise::wire {

namespace {

void write_keys(JsonWriter& out, const WireTally& tally) {
  out.key("count").number(tally.count).key("bytes").number(tally.bytes);
}

void write(JsonWriter& out, std::string_view name, const WireTally& tally) {
  out.key(name).begin_object();
  write_keys(out, tally);
  out.end_object();
}

void write_or_null(JsonWriter& out, std::string_view name, std::optional<std::uint64_t> value) {
  out.key(name);
  if (value) {
    out.number(*value);
  } else {
    out.null();
  }
}

void write_keys(JsonWriter& out, const WireFigures& figures) {
  out.key("stored_bytes").number(figures.stored_bytes);
  out.key("uploads").begin_object();
  out.key("pending").begin_object();
  write_keys(out, figures.pending);
  out.key("stored_bytes").number(figures.pending_stored_bytes).end_object();
  write(out, "completed", figures.completed);
  write(out, "cancelled", figures.cancelled);
  write(out, "expired", figures.expired);
  out.end_object().key("files").begin_object();
  for (const auto& [purpose, tally] : figures.files) write(out, purpose, tally);
  out.end_object();
  out.key("reclaimable_bytes").number(figures.reclaimable_bytes).key("oldest_pending_upload");
  if (const auto& oldest = figures.oldest_pending_upload) {
    out.begin_object().key("id").text(oldest->id);
    out.key("created_at").number(oldest->created_at).end_object();
  } else {
    out.null();
  }
}

}  // namespace

void write(JsonWriter& out, const WireKey& key) {
  out.begin_object().key("id").text(key.id).key("object").text("api_key");
  out.key("project").text(key.project).key("name").text(key.name).key("role").text(key.role);
  out.key("created_at").number(key.created_at);
  out.key("expires_at").number_or_null(key.expires_at);
  out.key("revoked_at").number_or_null(key.revoked_at);
  if (key.key) out.key("key").text(*key.key);
  out.end_object();
}

void write(JsonWriter& out, const WireUsage& usage) {
  out.begin_object().key("object").text("usage").key("project").text(usage.project);
  write_keys(out, usage.figures);
  out.key("quota").begin_object();
  write_or_null(out, "bytes", usage.quota_bytes);
  write_or_null(out, "open_uploads", usage.quota_open_uploads);
  out.end_object().end_object();
}

void write(JsonWriter& out, const WireUsageList& list) {
  out.begin_object().key("object").text("usage.list").key("data").begin_array();
  for (const WireUsage& usage : list.data) write(out, usage);
  out.end_array().key("totals").begin_object();
  write_keys(out, list.totals);
  out.end_object().end_object();
}

}  // namespace partwise::wire
