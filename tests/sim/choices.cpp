// What a client asks for next.

#include <algorithm>
#include <utility>

#include "client.hpp"

namespace partwise::sim {

std::string Client::some_content(std::uint64_t bytes) {
  // Unlike any other, as far as its bytes allow.
  std::string content = std::to_string(world_.number()) + ":";
  content.reserve(bytes + 20);
  while (content.size() < bytes) {
    content.push_back(static_cast<char>('a' + world_.dice.below(26)));
  }
  content.resize(bytes);
  return content;
}

Client::Manners Client::choose_manners(Verb verb, std::size_t bytes) {
  Dice& dice = world_.dice;
  Manners manners;
  manners.dribbles = dice.chance(120);
  if (verb == Verb::add_part && dice.chance(150)) {
    manners.read_pause = Milliseconds{dice.between(1, 70)};
  }
  // Slower than this the server would not wait for the smallest window.
  if (verb == Verb::get_content && dice.chance(400)) {
    manners.read_pause = Milliseconds{dice.between(1, 200)};
  }
  if (!dice.chance(world_.plan.interference_per_mille)) return manners;
  switch (dice.below(4)) {
    case 0:
      manners.cut_at = dice.below(bytes);
      break;
    case 1:
      manners.stall_at = dice.below(bytes);
      manners.stall = Milliseconds{dice.between(100, 60'000)};
      break;
    default:
      manners.loses_answer = true;
  }
  return manners;
}

Milliseconds Client::choose_think() {
  Dice& dice = world_.dice;
  const std::uint64_t kind = dice.below(100);
  if (kind < 60) return Milliseconds{0};
  if (kind < 97) return Milliseconds{dice.between(1, 2'000)};
  return Milliseconds{dice.between(1'000, 400'000)};
}

std::string Client::some_upload() {
  const auto& known = world_.known_uploads;
  if (world_.dice.chance(150)) return world_.dice.pick(known);
  // The clients meet where something is going on: at the newest that are open.
  std::vector<std::string> open;
  for (auto id = known.rbegin(); id != known.rend() && open.size() < 3; ++id) {
    if (world_.oracle.uploads.at(*id).is_open()) open.push_back(*id);
  }
  return open.empty() ? world_.dice.pick(known) : world_.dice.pick(open);
}

Request Client::choose() {
  Dice& dice = world_.dice;
  const auto& known = world_.known_uploads;
  const auto is_open = [&](const std::string& id) {
    return world_.oracle.uploads.at(id).is_open();
  };
  const bool has_open = std::ranges::any_of(known, is_open);
  if (known.empty() || (!has_open && dice.chance(500)) || dice.chance(40)) return choose_create();
  const std::uint64_t kind = dice.below(100);
  if (kind >= 80) return choose_file_verb();
  const std::string upload = some_upload();
  if (kind < 36) return choose_part(upload);
  if (kind < 54) return choose_complete(upload);
  if (kind < 60) return {.verb = Verb::cancel, .upload = upload};
  if (kind < 70) return {.verb = Verb::get_upload, .upload = upload};
  return {.verb = Verb::list_parts, .upload = upload};
}

Request Client::choose_create() {
  Dice& dice = world_.dice;
  if (!world_.keyed_creates.empty() && dice.chance(200)) return dice.pick(world_.keyed_creates);
  const std::string number = std::to_string(world_.number());
  Request request{.verb = Verb::create_upload, .filename = "u-" + number};
  std::vector<std::string> pieces(dice.chance(250) ? dice.between(4, 7) : dice.between(1, 4));
  for (std::string& piece : pieces) {
    piece = some_content(dice.chance(50) ? dice.below(3) : dice.between(1, kPieceBytesMax));
    request.bytes += piece.size();
  }
  request.bytes = std::max<std::uint64_t>(request.bytes, 1);
  world_.oracle.plan(request.filename, std::move(pieces));
  if (dice.chance(500)) {
    request.idempotency_key = "k-" + number;
    world_.keyed_creates.push_back(request);
  }
  return request;
}

Request Client::choose_part(const std::string& id) {
  Dice& dice = world_.dice;
  const UploadModel& upload = world_.oracle.uploads.at(id);
  Request request{.verb = Verb::add_part, .upload = id};
  const auto is_there = [&](const std::string& piece) {
    return std::ranges::any_of(upload.parts,
                               [&](const auto& part) { return part.second == piece; });
  };
  std::vector<std::string> missing;
  std::ranges::copy_if(upload.pieces, std::back_inserter(missing), std::not_fn(is_there));
  const std::uint64_t kind = dice.below(100);
  if (kind < 70) {
    request.content = missing.empty() ? dice.pick(upload.pieces) : dice.pick(missing);
  } else if (kind < 80) {
    request.content = dice.pick(upload.pieces);
  } else if (kind < 90) {
    request.content = some_content(dice.between(1, std::min<std::uint64_t>(upload.bytes, 1400)));
  } else if (kind < 95) {
    request.content = some_content(upload.bytes + dice.between(1, 1600));
  }
  request.is_broken = request.content.size() >
                      std::min<std::uint64_t>(upload.bytes, small_core_limits().part_bytes_max);
  if (dice.chance(150)) request.md5 = md5_text(request.content);
  if (dice.chance(40)) {
    request.md5 = md5_text("something else");
    request.is_broken = true;
  }
  return request;
}

Request Client::choose_complete(const std::string& id) {
  Dice& dice = world_.dice;
  const UploadModel& upload = world_.oracle.uploads.at(id);
  Request request{.verb = Verb::complete, .upload = id};
  std::string content;
  for (const std::string& piece : upload.pieces) {
    const auto fits = [&](const auto& part) {
      return part.second == piece &&
             std::ranges::find(request.part_ids, part.first) == request.part_ids.end();
    };
    const auto found = std::ranges::find_if(upload.parts, fits);
    if (found == upload.parts.end()) continue;
    request.part_ids.push_back(found->first);
    content += piece;
  }
  const bool is_whole = request.part_ids.size() == upload.pieces.size();
  if (!is_whole && upload.is_open() && dice.chance(750)) return choose_part(id);
  if (upload.winner && dice.chance(500)) request.part_ids = *upload.winner;
  if (dice.chance(200)) std::ranges::reverse(request.part_ids);
  if (dice.chance(80) && !upload.parts.empty()) {
    const auto extra = std::next(upload.parts.begin(),
                                 static_cast<std::ptrdiff_t>(dice.below(upload.parts.size())));
    if (std::ranges::find(request.part_ids, extra->first) == request.part_ids.end()) {
      request.part_ids.push_back(extra->first);
    }
  }
  request.is_broken = request.part_ids.empty();
  if (dice.chance(250)) {
    std::string all;
    for (const std::string& part : request.part_ids) all += upload.parts.at(part);
    request.md5 = md5_text(dice.chance(850) ? all : content + "?");
  }
  return request;
}

Request Client::choose_file_verb() {
  Dice& dice = world_.dice;
  const auto& known = world_.known_files;
  if (known.empty() || dice.chance(200)) {
    return {.verb = Verb::post_file,
            .filename = "f-" + std::to_string(world_.number()),
            .content = some_content(dice.between(0, 1500))};
  }
  // Who reads slowly meets somebody who deletes.
  if (!world_.slow_download.empty() && dice.chance(400)) {
    return {.verb = Verb::delete_file, .file = std::exchange(world_.slow_download, {})};
  }
  const std::string file = dice.chance(600) ? known.back() : dice.pick(known);
  const std::uint64_t kind = dice.below(100);
  if (kind < 20) return {.verb = Verb::delete_file, .file = file};
  if (kind < 40) return {.verb = Verb::get_file, .file = file};
  if (!world_.long_files.empty() && dice.chance(400)) {
    return {.verb = Verb::get_content, .file = world_.long_files.back()};
  }
  return {.verb = Verb::get_content, .file = file};
}

}  // namespace partwise::sim
