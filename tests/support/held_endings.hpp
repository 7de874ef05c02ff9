#pragma once

// What a node tells the others, kept until a test carries it to them.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/endings.hpp"

namespace partwise::test {

class HeldEndings final : public Endings {
 public:
  void announce(const UploadId& upload, std::string_view status) override {
    told_.emplace_back(upload, status);
  }
  void listen(Hear hear) override { hear_ = std::move(hear); }

  // Carries what was told to `other`, `times` each.
  void carry_to(HeldEndings& other, int times = 1) {
    for (const auto& [upload, status] : std::exchange(told_, {})) {
      for (int i = 0; i < times; ++i) other.hear_(upload, status);
    }
  }
  [[nodiscard]] const std::vector<std::pair<UploadId, std::string>>& told() const { return told_; }

 private:
  Hear hear_ = [](const UploadId&, const std::string&) {};
  std::vector<std::pair<UploadId, std::string>> told_;
};

}  // namespace partwise::test
