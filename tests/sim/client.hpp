#pragma once

// One client: asks for something, in good or bad manners, tries again as the SDKs do, and then asks
// for something else.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "world.hpp"

namespace partwise::sim {

class Client {
 public:
  explicit Client(World& world) : world_(world) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Until the world has enough operations.
  [[nodiscard]] Task<> run();
  // Every page of both lists, every upload and file in them, their parts and contents.
  [[nodiscard]] Task<> read_everything();

 private:
  // What goes wrong with one attempt on the client's side of it.
  struct Manners {
    std::optional<std::size_t> cut_at;    // The connection ends after so many bytes.
    std::optional<std::size_t> stall_at;  // The client stops to send for a while.
    Milliseconds stall{0};
    bool loses_answer = false;
    bool dribbles = false;
    Milliseconds read_pause{0};  // Before each look at what has come.
  };

  [[nodiscard]] Request choose();
  [[nodiscard]] Request choose_create();
  [[nodiscard]] Request choose_part(const std::string& upload);
  [[nodiscard]] Request choose_complete(const std::string& upload);
  [[nodiscard]] Request choose_file_verb();
  [[nodiscard]] std::string some_upload();
  [[nodiscard]] std::string some_content(std::uint64_t bytes);
  [[nodiscard]] Manners choose_manners(Verb verb, std::size_t bytes);
  [[nodiscard]] Milliseconds choose_think();

  // Sends it until there is an answer that an SDK would not try again after.
  [[nodiscard]] Task<std::optional<Reply>> perform(Request request);
  [[nodiscard]] Task<std::optional<Reply>> attempt(const Request& request);
  [[nodiscard]] Task<bool> send(Link& link, const std::string& bytes, const Manners& manners);
  [[nodiscard]] Task<std::optional<Reply>> receive(const Request& request, std::uint64_t began,
                                                   Milliseconds read_pause);
  // The connection ends, by the client's will.
  void hang_up(const Request& request, std::uint64_t began);
  [[nodiscard]] std::optional<Reply> look_for_reply(const Request& request, std::uint64_t began);
  void learn(const Request& request, const Reply& reply);
  // The ids that a list shows, as far as it could be read.
  [[nodiscard]] Task<std::vector<std::string>> walk(Verb verb);

  World& world_;
  std::shared_ptr<Link> link_;
  std::string received_;
  std::int64_t began_seconds_ = 0;  // Of the attempt that is under way.
  bool is_fresh_ = false;           // The link was made for this attempt.
};

}  // namespace partwise::sim
