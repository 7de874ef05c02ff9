#include "server/keys_command.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <vector>

#include "server/exit_codes.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {
namespace {

// One data directory, and commands on it.
class KeysCommand : public ::testing::Test {
 protected:
  // Runs `partwise keys` with `arguments` and the data directory.
  int run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", directory_.path() + "/data"});
    out_.str("");
    errors_.str("");
    return run_keys(arguments, out_, errors_);
  }

  // The columns of the line of `keys list` that names `name`.
  std::vector<std::string> listed(const std::string& name) {
    EXPECT_EQ(run({"list"}), kExitDone) << errors_.str();
    std::istringstream lines(out_.str());
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::vector<std::string> columns;
      for (std::string word; words >> word;) columns.push_back(word);
      if (!columns.empty() && columns.back() == name) return columns;
    }
    return {};
  }

  test::TemporaryDirectory directory_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(KeysCommand, CreatePrintsTheKeyAloneAndListNeverShowsIt) {
  ASSERT_EQ(run({"create", "--project", "research", "--name", "trainer"}), kExitDone)
      << errors_.str();
  const std::string key = out_.str();
  EXPECT_TRUE(key.starts_with("pw-")) << key;
  EXPECT_EQ(key.find('\n'), key.size() - 1);
  const auto columns = listed("trainer");
  ASSERT_GE(columns.size(), 5U);
  EXPECT_TRUE(columns[0].starts_with("key_"));
  EXPECT_EQ(columns[1], "research");
  EXPECT_EQ(out_.str().find(key.substr(0, key.size() - 1)), std::string::npos);
}

// It is the running server's, which believes to hold it.
TEST_F(KeysCommand, TheReserveOfTheServerIsLeftAlone) {
  ASSERT_EQ(run({"create"}), kExitDone) << errors_.str();
  const std::string reserve = directory_.path() + "/data/metadata.sqlite3-reserve";
  EXPECT_FALSE(std::filesystem::exists(reserve));
}

TEST_F(KeysCommand, RevokeTakesTheIdThatListShows) {
  ASSERT_EQ(run({"create", "--name", "old"}), kExitDone) << errors_.str();
  ASSERT_EQ(run({"create", "--name", "kept"}), kExitDone) << errors_.str();
  const auto columns = listed("old");
  ASSERT_FALSE(columns.empty());
  EXPECT_EQ(run({"revoke", columns[0]}), kExitDone) << errors_.str();
  EXPECT_EQ(listed("old").at(6).find('-'), 4U);  // A date now.
  EXPECT_EQ(listed("kept").at(6), "-");
  EXPECT_EQ(run({"revoke", columns[0]}), kExitDone) << "revoking again changes nothing";
}

TEST_F(KeysCommand, AKeyHasARoleAndMayHaveAnEnd) {
  ASSERT_EQ(run({"create", "--name", "plain"}), kExitDone) << errors_.str();
  ASSERT_EQ(run({"create", "--name", "runner", "--role", "service", "--expires-in", "60"}),
            kExitDone)
      << errors_.str();
  ASSERT_EQ(run({"create", "--name", "operator", "--role", "admin"}), kExitDone) << errors_.str();
  EXPECT_EQ(listed("plain").at(2), "user");
  EXPECT_EQ(listed("plain").at(5), "-");
  EXPECT_EQ(listed("runner").at(2), "service");
  EXPECT_EQ(listed("runner").at(5).find('-'), 4U);  // A date.
  EXPECT_EQ(listed("operator").at(2), "admin");
}

TEST_F(KeysCommand, OnlyANewKeyMakesADirectory) {
  EXPECT_EQ(run({"list"}), kExitUsage);
  EXPECT_NE(errors_.str().find("is no data directory of Partwise."), std::string::npos);
  EXPECT_EQ(run({"create"}), kExitDone);
  EXPECT_EQ(run({"list"}), kExitDone);
}

TEST_F(KeysCommand, AnUnknownIdIsAnAnswerOfNo) {
  ASSERT_EQ(run({"create"}), kExitDone);
  EXPECT_EQ(run({"revoke", "key_000000000000000000000000"}), kExitNo);
  EXPECT_EQ(errors_.str(), "partwise keys: there is no key key_000000000000000000000000.\n");
  EXPECT_EQ(run({"revoke", "nonsense"}), kExitNo);
}

TEST_F(KeysCommand, AWrongCommandLineIsOneLineAndMakesNothing) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"destroy"},
                                                       {"create", "--project", "No Blanks"},
                                                       {"create", "--name", "two\nlines"},
                                                       {"create", "--role", "root"},
                                                       {"create", "--expires-in", "0"},
                                                       {"create", "--expires-in", "soon"}};
  for (const auto& arguments : wrong) {
    EXPECT_EQ(run(arguments), kExitUsage);
    EXPECT_EQ(errors_.str().find('\n'), errors_.str().size() - 1) << errors_.str();
    EXPECT_EQ(out_.str(), "");
  }
}

}  // namespace
}  // namespace partwise
