#include "world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "core/transitions.hpp"

namespace partwise::test {

World::World(const BackendKind& kind_of_stores, CoreLimits core_limits)
    : kind(kind_of_stores),
      limits(core_limits),
      backend(kind.make(clock, limits)),
      faulty_uploads(backend->uploads(), faults),
      faulty_garbage(backend->garbage(), faults),
      faulty_blobs(backend->blobs(), faults),
      uploads(faulty_uploads, gates),
      garbage(faulty_garbage, gates),
      blobs(faulty_blobs, gates) {
  restart();
}

// A test that failed in the middle leaves requests under way; they end before what they stand on
// does.
World::~World() {
  gates.open();
  step_until(loop, [&] {
    if (timers.pending() > 0) timers.fire();
    return under_way_ == 0;
  });
}

World::Server::Server(World& world)
    : run(RunId::generate(world.random)),
      leases([this] { ++reaper_wakes; }),
      guard(world.clock, world.log),
      intake({.garbage = world.garbage,
              .blobs = world.blobs,
              .log = world.log,
              .wake_reaper = [this] { ++reaper_wakes; },
              .run = run,
              .clock = world.clock,
              .stream_life_max = world.kind.sharing == Sharing::many_nodes
                                     ? std::optional(world.limits.stream_life_max)
                                     : std::nullopt}),
      checker(world.blobs, world.workers, world.make_check),
      uploads({.uploads = world.uploads,
               .intake = intake,
               .checker = checker,
               .blobs = world.blobs,
               .streams = streams,
               .endings = endings,
               .clock = world.clock,
               .random = world.random,
               .log = world.log,
               .workers = world.workers,
               .call_after = world.timers.call_after(),
               .wake_reaper = [this] { ++reaper_wakes; },
               .due_at = [this](Timestamp time) { due = due ? std::min(*due, time) : time; },
               .limits = world.limits,
               .md5 = world.md5_mode}),
      files({.uploads = world.uploads,
             .intake = intake,
             .checker = checker,
             .leases = leases,
             .random = world.random,
             .wake_reaper = [this] { ++reaper_wakes; },
             .due_at = [this](Timestamp time) { due = due ? std::min(*due, time) : time; },
             .limits = world.limits}),
      reaper({.garbage = world.garbage,
              .blobs = world.blobs,
              .leases = leases,
              .guard = guard,
              .clock = world.clock,
              .log = world.log,
              .call_after = world.timers.call_after(),
              .run = run,
              .limits = {.batch_blobs_max = 2}}),
      sweeper({.garbage = world.garbage,
               .guard = guard,
               .clock = world.clock,
               .log = world.log,
               .call_after = world.timers.call_after(),
               .on_expired =
                   [this](UploadId upload) {
                     return uploads.cut_streams(std::move(upload), "expired", nullptr);
                   },
               .wake_reaper = [this] { ++reaper_wakes; },
               .limits = {}}) {
  endings.listen([this, &world](UploadId upload, std::string status) {
    boost::asio::co_spawn(world.loop,
                          uploads.cut_streams_here(std::move(upload), std::move(status)),
                          boost::asio::detached);
  });
}

void World::restart() { server = std::make_unique<Server>(*this); }

Upload World::create(std::uint64_t bytes, std::optional<std::chrono::seconds> file_ttl) {
  CreateUploadRequest request{.bytes = bytes,
                              .filename = "name.bin",
                              .purpose = Purpose::user_data,
                              .mime_type = "application/octet-stream",
                              .expires_after = file_ttl};
  Upload upload = run(server->uploads.create(project, std::move(request))).value();
  uploads_made_.push_back(owned(upload));
  return upload;
}

Part World::add_part(const Upload& upload, const std::string& content) {
  return finish(start_part(upload, content)).part.value();
}

void World::pass_deadline(const Upload& upload) { clock.advance(upload.expires_at - clock.now()); }

void World::reap() {
  while (run(server->reaper.pass()).value()) {
  }
}

void World::reap_held() {
  // A sighting of the newest job, and the hold after it; twice, because an older sighting may stand
  // for it.
  for (int i = 0; i < 3; ++i) {
    reap();
    clock.advance(limits.expiry_hold);
  }
  reap();
}

Upload World::stored(const Upload& upload) {
  return run(backend->uploads().find_upload(owned(upload))).value();
}

std::vector<Part> World::stored_parts(const Upload& upload) {
  PageRequest all;
  all.limit = limits.parts_per_upload_max;
  all.order = Order::asc;
  return run(backend->uploads().list_parts(owned(upload), std::move(all))).value().items;
}

std::vector<StoredFile> World::stored_files() {
  PageRequest all;
  all.limit = 1'000'000;
  all.order = Order::asc;
  return run(backend->uploads().list_files(project, std::move(all))).value().items;
}

OwnedFileId World::file_of(const Upload& completed) {
  return {completed.project, std::get<Completed>(completed.state).file.id};
}

std::optional<std::string> World::content_of(const OwnedFileId& file) {
  const auto found = run(backend->uploads().find_file(file));
  if (!found) return std::nullopt;
  return run(read(found->manifest, backend->blobs())).value();
}

std::uint64_t World::billed() {
  const auto usages = run(backend->accounts().usage(project)).value();
  return usages.empty() ? 0 : usages.front().project.stored_bytes;
}

std::map<BlobKey, BlobRef> World::references() {
  std::map<BlobKey, BlobRef> all;
  const auto add = [&all](const BlobRef& blob) {
    EXPECT_TRUE(all.emplace(blob.key, blob).second) << "a blob has two owners";
  };
  for (const OwnedUploadId& id : uploads_made_) {
    const auto upload = run(backend->uploads().find_upload(id));
    if (!upload) continue;
    for (const Part& part : stored_parts(*upload)) add(part.blob);
  }
  for (const StoredFile& file : stored_files()) {
    const auto content = run(backend->uploads().find_file({file.project, file.id}));
    for (const BlobRef& blob : content.value().manifest) add(blob);
  }
  return all;
}

void World::check_references() {
  for (const auto& [key, blob] : references()) {
    ASSERT_TRUE(backend->has_blob(key)) << "a reference without its blob";
    const std::string content = run(read({blob}, backend->blobs())).value();
    Crc64 crc;
    crc.update(as_bytes(content));
    EXPECT_EQ(content.size(), blob.bytes);
    EXPECT_EQ(crc.value(), blob.crc64);
  }
}

void World::check_at_rest() {
  check_references();
  const auto referenced = references();
  std::uint64_t bytes = 0;
  for (const auto& [key, blob] : referenced) bytes += blob.bytes;
  EXPECT_EQ(billed(), bytes);
  for (const BlobKey& key : blobs.published()) {
    EXPECT_EQ(backend->has_blob(key), referenced.contains(key)) << "a blob that nobody knows";
  }
  EXPECT_EQ(backend->blob_count(), referenced.size());
  EXPECT_EQ(blobs.in_staging(), 0);
  EXPECT_EQ(server->streams.size(), 0U);
  EXPECT_EQ(backend->contradictions(), std::vector<std::string>{});
}

std::string refusal(const Upload& ended) { return not_pending(ended).message; }

}  // namespace partwise::test
