#include "core/content_checker.hpp"

#include <utility>

namespace partwise {

Task<Result<>> ContentChecker::check(Purpose purpose, std::vector<BlobRef> content,
                                     MayGoOn may_go_on) const {
  const auto check = make_ ? make_(purpose) : nullptr;
  if (!check) co_return Result<>{};
  auto update = [&check](Bytes piece) { return check->update(piece); };
  CO_CHECK(co_await pass_over(blobs_, workers_, std::move(content), std::move(may_go_on),
                              std::move(update)));
  auto finish = [&check] { return check->finish(); };
  co_return co_await run_on(workers_, std::move(finish));
}

}  // namespace partwise
