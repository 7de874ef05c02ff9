#include "client.hpp"

#include <algorithm>

namespace partwise::sim {

namespace {

// More than a download has open at once.
constexpr std::size_t kBlobsOfLongFile = 3;
constexpr int kAttemptsMax = 3;  // Two repetitions, as the SDKs have it.

bool is_retried(const std::optional<Reply>& reply) {
  if (!reply) return true;
  if (reply->names_no_retry) return false;
  const int status = reply->status;
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

Task<> Client::run() {
  while (world_.wants_more()) {
    world_.note_operation();
    if (world_.dice.chance(60)) {
      (void)co_await walk(world_.dice.chance(500) ? Verb::list_uploads : Verb::list_files);
    } else {
      (void)co_await perform(choose());
    }
    co_await world_.pause(choose_think());
  }
  if (link_) link_->reset();
}

Task<std::optional<Reply>> Client::perform(Request request) {
  std::optional<Reply> reply;
  for (int tried = 0; tried < kAttemptsMax && !world_.is_closing(); ++tried) {
    if (tried > 0) co_await world_.pause(Milliseconds{500U << static_cast<unsigned>(tried)});
    reply = co_await attempt(request);
    if (!is_retried(reply)) break;
  }
  if (reply) learn(request, *reply);
  co_return reply;
}

Task<std::optional<Reply>> Client::attempt(const Request& request) {
  if (!link_ || link_->is_over() || world_.dice.chance(300)) {
    if (link_) link_->reset();
    link_ = world_.connect();
    received_.clear();
    is_fresh_ = true;
  } else {
    is_fresh_ = false;
  }
  if (!link_) co_return std::nullopt;
  world_.note_attempt();
  world_.oracle.began(request);
  const std::uint64_t began = world_.scheduler.steps();
  began_seconds_ = unix_seconds(world_.clock.now());
  link_->begin_answer();
  const std::string bytes = request.bytes_on_wire();
  const Manners manners = choose_manners(request.verb, bytes.size());
  const bool is_long =
      std::ranges::find(world_.long_files, request.file) != world_.long_files.end();
  const bool is_slow = request.verb == Verb::get_content && manners.read_pause.count() > 0;
  if (is_slow && is_long) world_.slow_download = request.file;
  Request judged = request;
  judged.is_broken = judged.is_broken || manners.stall_at.has_value();
  const bool sent = co_await send(*link_, bytes, manners);
  if (!sent) {
    hang_up(judged, began);
    co_return std::nullopt;
  }
  if (manners.loses_answer) {
    if (world_.dice.chance(500)) co_await link_->wait();
    hang_up(judged, began);
    co_return std::nullopt;
  }
  co_return co_await receive(judged, began, manners.read_pause);
}

Task<bool> Client::send(Link& link, const std::string& bytes, const Manners& manners) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::size_t end = bytes.size();
    if (manners.dribbles) end = std::min(end, at + world_.dice.between(1, 400));
    if (manners.stall_at && at < *manners.stall_at) end = std::min(end, *manners.stall_at);
    if (manners.cut_at) end = std::min(end, *manners.cut_at);
    link.send(std::string_view(bytes).substr(at, end - at));
    if (end == at) co_return false;
    at = end;
    if (manners.stall_at == at) {
      co_await world_.pause(manners.stall);
    } else {
      co_await world_.pause(Milliseconds{manners.dribbles ? 3 : 0});
    }
    // It was told before it had sent everything: no SDK goes on then.
    if (!link.received().empty() || link.is_over()) co_return true;
  }
  co_return true;
}

Task<std::optional<Reply>> Client::receive(const Request& request, std::uint64_t began,
                                           Milliseconds read_pause) {
  for (;;) {
    if (read_pause.count() > 0) co_await world_.pause(read_pause);
    if (auto reply = look_for_reply(request, began)) {
      if (!reply->keep_alive) link_->reset();
      co_return reply;
    }
    if (link_->is_over()) {
      // A connection that was kept may have been closed before the request came.
      if (is_fresh_ || !received_.empty()) world_.oracle.broken_off(request, began);
      link_->reset();
      co_return std::nullopt;
    }
    co_await link_->wait();
  }
}

std::optional<Reply> Client::look_for_reply(const Request& request, std::uint64_t began) {
  received_ += link_->take();
  std::size_t used = 0;
  auto reply = parse_reply(received_, used);
  if (!reply) return std::nullopt;
  received_.erase(0, used);
  reply->began = began;
  reply->first_byte = link_->first_byte_step();
  reply->last_byte = link_->last_byte_step();
  reply->run = link_->server();
  reply->began_seconds = began_seconds_;
  world_.oracle.said(request, *reply);
  return reply;
}

void Client::hang_up(const Request& request, std::uint64_t began) {
  link_->reset();
  // What was on its way counts: the server has said it.
  (void)look_for_reply(request, began);
  received_.clear();
}

void Client::learn(const Request& request, const Reply& reply) {
  if (!reply.is_success()) return;
  const Document shown(reply.body);
  const auto note = [](std::vector<std::string>& known, const std::string& id) {
    if (!id.empty() && std::ranges::find(known, id) == known.end()) known.push_back(id);
  };
  if (request.verb == Verb::create_upload) note(world_.known_uploads, shown.text("id"));
  if (request.verb == Verb::post_file) note(world_.known_files, shown.text("id"));
  if (request.verb == Verb::complete) note(world_.known_files, shown.text("file.id"));
  const bool is_long = request.part_ids.size() >= kBlobsOfLongFile;
  if (request.verb == Verb::complete && is_long) note(world_.long_files, shown.text("file.id"));
}

Task<> Client::read_everything() {
  for (const std::string& id : co_await walk(Verb::list_uploads)) {
    (void)co_await perform({.verb = Verb::get_upload, .upload = id});
    (void)co_await perform({.verb = Verb::list_parts, .upload = id});
  }
  for (const std::string& id : co_await walk(Verb::list_files)) {
    // Files of two uploads of one name cannot be told apart by a list.
    if (!world_.oracle.files.contains(id)) continue;
    (void)co_await perform({.verb = Verb::get_file, .file = id});
    (void)co_await perform({.verb = Verb::get_content, .file = id});
  }
  if (link_) link_->reset();
}

Task<std::vector<std::string>> Client::walk(Verb verb) {
  std::vector<std::string> ids;
  std::vector<Reply> pages;
  Request request{.verb = verb};
  const std::string limit = "?limit=" + std::to_string(world_.dice.between(1, 6));
  request.query = limit;
  for (bool more = true; more;) {
    const auto page = co_await perform(request);
    if (!page || !page->is_success()) co_return ids;
    const Document shown(page->body);
    for (const Document& item : shown.items("data")) ids.push_back(item.text("id"));
    more = shown.truth("has_more");
    request.query = limit + "&after=" + shown.text("last_id");
    pages.push_back(*page);
  }
  world_.oracle.walked(verb, pages);
  co_return ids;
}

}  // namespace partwise::sim
