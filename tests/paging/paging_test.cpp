// A client that walks over all pages while others create and delete: it sees whatever existed
// throughout exactly once, in order, and nothing twice.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "contract/metadata_contract.hpp"

namespace partwise::test {
namespace {

constexpr std::size_t kFiles = 25'000;
constexpr std::size_t kChurnsPerWalk = 250;
constexpr std::array kPurposes{Purpose::user_data, Purpose::vision, Purpose::assistants};

struct Walk {
  Order order;
  std::optional<Purpose> purpose;
  std::uint32_t limit;
};

class Paging : public MetadataContract {
 protected:
  void fill() {
    for (std::size_t n = 0; n < kFiles; ++n) {
      if (n % 40 == 0) clock_.jump_wall(1s);  // Many files of the same second.
      const StoredFile file = create(kPurposes.at(n % kPurposes.size()));
      if (n % 10 == 3) {
        doomed_.push_back(file);
      } else {
        lasting_.push_back(file);
      }
    }
  }

  void walk(const Walk& how) {
    std::unordered_set<std::string> seen;
    std::vector<std::string> lasting_seen;
    const std::size_t pages = kFiles / how.limit + 1;
    // At most one file for each page of it, or an ascending walk would never end.
    const std::size_t stride = std::max<std::size_t>(2, pages / kChurnsPerWalk);
    PageRequest request{
        .after = {}, .limit = how.limit, .order = how.order, .purpose = how.purpose};
    for (std::size_t number = 0;; ++number) {
      const auto page = must(uploads().list_files(project_, request));
      for (const StoredFile& file : page.items) {
        EXPECT_TRUE(seen.insert(file.id.text).second) << "twice: " << file.id.text;
        EXPECT_FALSE(gone_.contains(file.id.text)) << "deleted: " << file.id.text;
        EXPECT_TRUE(!how.purpose || file.purpose == *how.purpose);
        if (lasting_ids_.contains(file.id.text)) lasting_seen.push_back(file.id.text);
      }
      if (!page.has_more) break;
      ASSERT_EQ(page.items.size(), how.limit);
      request.after = page.items.back().id.text;
      if (number % stride == 0) churn(page.items.back());
    }
    EXPECT_TRUE(lasting_seen == expected(how)) << "something was missed, or came out of order";
  }

  void note_lasting() {
    for (const StoredFile& file : lasting_) lasting_ids_.insert(file.id.text);
  }

 private:
  StoredFile create(Purpose purpose) {
    NewFile file = new_file(10);
    file.purpose = purpose;
    return must(uploads().create_file(std::move(file)));
  }

  // One file comes, and one goes: the last of the page, where it may, so that the cursor is one
  // that is gone.
  void churn(const StoredFile& last) {
    doomed_.push_back(create(last.purpose));
    auto victim = std::ranges::find(doomed_, last.id, &StoredFile::id);
    if (victim == doomed_.end()) victim = doomed_.begin();
    must(uploads().delete_file(owned(*victim)));
    gone_.insert(victim->id.text);
    doomed_.erase(victim);
  }

  std::vector<std::string> expected(const Walk& how) const {
    std::vector<std::string> ids;
    for (const StoredFile& file : lasting_) {
      if (!how.purpose || file.purpose == *how.purpose) ids.push_back(file.id.text);
    }
    if (how.order == Order::desc) std::ranges::reverse(ids);
    return ids;
  }

  std::vector<StoredFile> lasting_;
  std::unordered_set<std::string> lasting_ids_;
  std::deque<StoredFile> doomed_;
  std::unordered_set<std::string> gone_;
};

TEST_P(Paging, ShowsWhatExistedThroughoutExactlyOnceWhileOthersComeAndGo) {
  fill();
  note_lasting();
  // A page in memory costs as much as the list is long.
  const bool is_memory = std::string(GetParam().name) == "memory";
  const std::array<std::uint32_t, 2> small_limits =
      is_memory ? std::array{500U, 900U} : std::array{7U, 100U};
  for (const Order order : {Order::asc, Order::desc}) {
    for (const std::optional<Purpose> purpose :
         {std::optional<Purpose>{}, std::optional{Purpose::vision}}) {
      for (const std::uint32_t limit :
           {small_limits[0], small_limits[1], 1'000U, 9'999U, 10'000U}) {
        walk({.order = order, .purpose = purpose, .limit = limit});
        if (HasFatalFailure()) return;
      }
    }
  }
}

// The memory that nodes share makes its pages as the other does.
INSTANTIATE_TEST_SUITE_P(Stores, Paging, testing::ValuesIn(one_process_adapters()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace partwise::test
