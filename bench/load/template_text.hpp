#pragma once

// Text with holes: "/v1/uploads/${upload}/parts". A plan is made of them, so that one plan
// describes every request of a run.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace partwise::load {

// What may stand in a hole: lists, of which iteration number n takes item n modulo the length.
using ValueLists = std::map<std::string, std::vector<std::string>, std::less<>>;

// The values of one iteration. Captured ones come before lists; ${n} is the number of the
// iteration, unique in the run, ${c} that of the connection. `lists` outlives this.
class Variables {
 public:
  Variables(const ValueLists& lists, std::uint64_t connection)
      : lists_(&lists), connection_(std::to_string(connection)) {}

  void begin_iteration(std::uint64_t number);
  void capture(std::string_view name, std::string_view value);
  // nullptr if nothing has this name. Valid until the next call of another member.
  [[nodiscard]] const std::string* find(std::string_view name) const;

 private:
  const ValueLists* lists_;
  std::string connection_;
  std::uint64_t iteration_ = 0;
  std::string iteration_text_ = "0";
  std::vector<std::pair<std::string, std::string>> captured_;
};

class TemplateText {
 public:
  TemplateText() = default;
  // Errors: invalid_request, for a hole without an end.
  [[nodiscard]] static Result<TemplateText> parse(std::string_view text);

  // Errors: not_found, for a hole that nothing fills.
  [[nodiscard]] Result<> append_to(std::string& out, const Variables& variables) const;
  [[nodiscard]] Result<std::string> render(const Variables& variables) const;

 private:
  struct Piece {
    std::string text;  // Literal, or the name of a hole.
    bool is_hole = false;
  };
  std::vector<Piece> pieces_;
};

}  // namespace partwise::load
