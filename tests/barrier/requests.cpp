// Requests as the API makes them, with a gate before and after the answer.

#include "core/account.hpp"
#include "world.hpp"

namespace partwise::test {

// Counts a request from its first step to its last, or to the destruction of its Task.
class World::UnderWay {
 public:
  explicit UnderWay(World& world) : world_(world) { ++world_.under_way_; }
  ~UnderWay() { --world_.under_way_; }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  World& world_;
};

Task<Answer> World::deliver(Answer answer, bool& aborted) {
  co_await gates.pass("answer.before");
  answer.lost = aborted;
  if (!answer.lost) delivered.push_back(answer);
  co_await gates.pass("answer.after");
  co_return answer;
}

Task<Answer> World::part_request(OwnedUploadId id, HeldPartContent& content) {
  const UnderWay under_way(*this);
  bool aborted = false;
  UploadStream::Transport transport{.interrupt = [&content] { content.source().interrupt(); },
                                    .abort = [&aborted] { aborted = true; }};
  const auto stream = std::make_unique<UploadStream>(server->streams, id.id, std::move(transport));
  Answer answer;
  answer.verb = "part";
  auto admitted = co_await server->uploads.admit_part(id, 0);
  if (!admitted) {
    answer.error = std::move(admitted).error();
  } else {
    auto part = co_await server->uploads.add_part(std::move(*admitted), content, *stream);
    if (part) {
      answer.part = std::move(*part);
    } else {
      answer.error = std::move(part).error();
    }
  }
  // A cut stream answers the reason of its cut, whatever broke because of it.
  if (const auto whole = stream->check_not_cut(); answer.error && !whole) {
    answer.error = whole.error();
  }
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::whole_part_request(OwnedUploadId id, std::string content) {
  HeldPartContent whole(std::move(content));
  co_return co_await part_request(std::move(id), whole);
}

Task<Answer> World::file_request(HeldFile& file) {
  const UnderWay under_way(*this);
  bool aborted = false;
  Answer answer;
  answer.verb = "file";
  auto created = co_await server->files.create(project, file, file, kNoQuota);
  if (created) {
    answer.file = std::move(*created);
  } else {
    answer.error = std::move(created).error();
  }
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::complete_request(OwnedUploadId id, CompleteUploadRequest request) {
  const UnderWay under_way(*this);
  bool aborted = false;
  UploadStream::Transport transport{.interrupt = [] {}, .abort = [&aborted] { aborted = true; }};
  auto stream = std::make_unique<UploadStream>(server->streams, id.id, std::move(transport));
  Answer answer;
  answer.verb = "complete";
  auto upload = co_await server->uploads.complete(std::move(id), std::move(request), *stream);
  if (upload) {
    answer.upload = std::move(*upload);
  } else {
    answer.error = std::move(upload).error();
  }
  stream.reset();  // Only the success of a part can be taken back.
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::cancel_request(OwnedUploadId id) {
  const UnderWay under_way(*this);
  bool aborted = false;
  auto upload = co_await server->uploads.cancel(std::move(id));
  Answer answer;
  answer.verb = "cancel";
  if (upload) {
    answer.upload = std::move(*upload);
  } else {
    answer.error = std::move(upload).error();
  }
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::get_request(OwnedUploadId id) {
  const UnderWay under_way(*this);
  bool aborted = false;
  auto upload = co_await server->uploads.get(std::move(id));
  Answer answer;
  answer.verb = "get";
  if (upload) {
    answer.upload = std::move(*upload);
  } else {
    answer.error = std::move(upload).error();
  }
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::list_parts_request(OwnedUploadId id) {
  const UnderWay under_way(*this);
  bool aborted = false;
  PageRequest page;
  page.limit = 100;
  const auto listed = co_await server->uploads.list_parts(std::move(id), std::move(page));
  Answer answer;
  answer.verb = "list_parts";
  if (!listed) answer.error = listed.error();
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::sweep_request() {
  const UnderWay under_way(*this);
  bool aborted = false;
  const auto swept = co_await server->sweeper.pass();
  Answer answer;
  answer.verb = "sweep";
  if (!swept) answer.error = swept.error();
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Result<std::string>> World::read(Manifest manifest, BlobStore& from) {
  std::string content;
  for (const BlobRef& blob : manifest) {
    CO_TRY(const auto reader, co_await from.open(blob.key));
    std::string piece(blob.bytes, '\0');
    const MutableBytes window = std::as_writable_bytes(std::span(piece.data(), piece.size()));
    CO_TRY(const std::size_t count, co_await reader->read_at(0, window));
    piece.resize(count);
    content += piece;
  }
  co_return content;
}

Task<Answer> World::download_request(OwnedFileId id) {
  const UnderWay under_way(*this);
  bool aborted = false;
  Answer answer;
  answer.verb = "download";
  auto open = co_await server->files.open(std::move(id));
  if (open) {
    co_await gates.pass("download.opened");
    auto content = co_await read(open->content.manifest, blobs);
    if (content) {
      answer.content = std::move(*content);
    } else {
      answer.error = std::move(content).error();
    }
  } else {
    answer.error = std::move(open).error();
  }
  co_return co_await deliver(std::move(answer), aborted);
}

Task<Answer> World::delete_request(OwnedFileId id) {
  const UnderWay under_way(*this);
  bool aborted = false;
  Answer answer;
  answer.verb = "delete";
  auto removed = co_await server->files.remove(std::move(id));
  if (!removed) answer.error = std::move(removed).error();
  answer = co_await deliver(std::move(answer), aborted);
  for (bool more = true; more;) {
    const auto pass = co_await server->reaper.pass();
    more = pass && *pass;
  }
  co_return answer;
}

Request World::start_file(HeldFile& file) { return {loop, file_request(file)}; }

Request World::start_part(const Upload& upload, HeldPartContent& content) {
  return {loop, part_request(owned(upload), content)};
}
Request World::start_part(const Upload& upload, std::string content) {
  return {loop, whole_part_request(owned(upload), std::move(content))};
}
Request World::start_complete(const Upload& upload, std::vector<std::string> part_ids,
                              std::optional<Md5Digest> md5) {
  CompleteUploadRequest request{.part_ids = std::move(part_ids), .md5 = md5};
  return {loop, complete_request(owned(upload), std::move(request))};
}
Request World::start_cancel(const Upload& upload) { return {loop, cancel_request(owned(upload))}; }
Request World::start_get(const Upload& upload) { return {loop, get_request(owned(upload))}; }
Request World::start_list_parts(const Upload& upload) {
  return {loop, list_parts_request(owned(upload))};
}
Request World::start_sweep() { return {loop, sweep_request()}; }
Request World::start_download(const OwnedFileId& file) { return {loop, download_request(file)}; }
Request World::start_delete(const OwnedFileId& file) { return {loop, delete_request(file)}; }

}  // namespace partwise::test
