#include "server/content_validation.hpp"

#include "core/content_checker.hpp"
#include "wire/json_lines.hpp"

namespace partwise {

namespace {

class JsonLinesCheck final : public ContentCheck {
 public:
  [[nodiscard]] Result<> update(Bytes piece) override { return lines_.update(piece); }
  [[nodiscard]] Result<> finish() override { return lines_.finish(); }

 private:
  wire::JsonLines lines_;
};

}  // namespace

MakeContentCheck make_content_check(Validation validation) {
  if (validation == Validation::none) return {};
  return [](Purpose purpose) -> std::unique_ptr<ContentCheck> {
    if (purpose != Purpose::batch && purpose != Purpose::fine_tune) return nullptr;
    return std::make_unique<JsonLinesCheck>();
  };
}

}  // namespace partwise
