#include "core/purpose.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace partwise {

TEST(Purpose, HasTheWordsOfTheWire) {
  EXPECT_EQ(purpose_text(Purpose::assistants), "assistants");
  EXPECT_EQ(purpose_text(Purpose::batch), "batch");
  EXPECT_EQ(purpose_text(Purpose::fine_tune), "fine-tune");
  EXPECT_EQ(purpose_text(Purpose::vision), "vision");
  EXPECT_EQ(purpose_text(Purpose::user_data), "user_data");
  EXPECT_EQ(purpose_text(Purpose::evals), "evals");
  EXPECT_EQ(purpose_text(Purpose::assistants_output), "assistants_output");
  EXPECT_EQ(purpose_text(Purpose::batch_output), "batch_output");
  EXPECT_EQ(purpose_text(Purpose::fine_tune_results), "fine-tune-results");
}

TEST(Purpose, IsReadFromItsWordAlone) {
  for (int i = 0; i <= static_cast<int>(Purpose::fine_tune_results); ++i) {
    const auto purpose = static_cast<Purpose>(i);
    EXPECT_EQ(parse_purpose(purpose_text(purpose)), purpose);
  }
  for (const char* text : {"", "Batch", "batch ", "fine_tune", "finetune", "responses"}) {
    EXPECT_FALSE(parse_purpose(text)) << text;
  }
}

TEST(Purpose, OfAnOutputIsNotForEveryKey) {
  std::set<std::string> input;
  for (int i = 0; i <= static_cast<int>(Purpose::fine_tune_results); ++i) {
    const auto purpose = static_cast<Purpose>(i);
    if (is_input_purpose(purpose)) input.emplace(purpose_text(purpose));
  }
  EXPECT_EQ(input, (std::set<std::string>{"assistants", "batch", "fine-tune", "vision", "user_data",
                                          "evals"}));
}

}  // namespace partwise
