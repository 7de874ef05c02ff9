#include "server/projects_command.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "server/exit_codes.hpp"
#include "server/keys_command.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {
namespace {

using Words = std::vector<std::string>;

// One data directory, and commands on it.
class ProjectsCommand : public ::testing::Test {
 protected:
  int run(Words arguments) {
    arguments.insert(arguments.end(), {"--data-dir", directory_.path() + "/data"});
    out_.str("");
    errors_.str("");
    return run_projects(arguments, out_, errors_);
  }
  // The columns of the line of `projects list` about `project`.
  Words listed(const std::string& project) {
    EXPECT_EQ(run({"list"}), kExitDone) << errors_.str();
    std::istringstream lines(out_.str());
    for (std::string line; std::getline(lines, line);) {
      std::istringstream text(line);
      Words columns;
      for (std::string word; text >> word;) columns.push_back(word);
      if (columns.front() == project) return columns;
    }
    return {};
  }

  test::TemporaryDirectory directory_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(ProjectsCommand, AProjectIsMadeWithQuotasAndListed) {
  ASSERT_EQ(run({"create", "research", "--quota-bytes", "10KiB", "--open-uploads", "3"}), kExitDone)
      << errors_.str();
  EXPECT_EQ(out_.str(), "research: at most 10240 bytes and 3 open uploads.\n");
  ASSERT_EQ(run({"create", "free"}), kExitDone) << errors_.str();
  EXPECT_EQ(listed("research"), (Words{"research", "0", "10240", "0", "3"}));
  EXPECT_EQ(listed("free"), (Words{"free", "0", "none", "0", "none"}));
}

TEST_F(ProjectsCommand, SetChangesWhatItNamesAndKeepsTheRest) {
  ASSERT_EQ(run({"create", "p", "--quota-bytes", "10", "--open-uploads", "3"}), kExitDone);
  EXPECT_EQ(run({"set", "p", "--open-uploads", "none"}), kExitDone) << errors_.str();
  EXPECT_EQ(listed("p"), (Words{"p", "0", "10", "0", "none"}));
  EXPECT_EQ(run({"set", "p", "--quota-bytes", "0"}), kExitDone) << errors_.str();
  EXPECT_EQ(listed("p"), (Words{"p", "0", "0", "0", "none"}));
}

TEST_F(ProjectsCommand, AKeyMakesItsProjectToo) {
  std::ostringstream ignored;
  const Words arguments{"create", "--project", "made", "--data-dir", directory_.path() + "/data"};
  ASSERT_EQ(run_keys(arguments, ignored, errors_), kExitDone);
  EXPECT_EQ(listed("made"), (Words{"made", "0", "none", "0", "none"}));
  EXPECT_EQ(run({"set", "made", "--quota-bytes", "5"}), kExitDone);
}

TEST_F(ProjectsCommand, WhatIsThereAlreadyOrNotThereIsAnAnswerOfNo) {
  ASSERT_EQ(run({"create", "p"}), kExitDone);
  EXPECT_EQ(run({"create", "p", "--quota-bytes", "1"}), kExitNo);
  EXPECT_EQ(errors_.str(), "partwise projects: The project p exists already.\n");
  EXPECT_EQ(listed("p").at(2), "none") << "nothing was changed";
  EXPECT_EQ(run({"set", "q", "--quota-bytes", "1"}), kExitNo);
  EXPECT_EQ(errors_.str(), "partwise projects: No such project: q\n");
}

TEST_F(ProjectsCommand, AWrongCommandLineIsOneLineAndMakesNothing) {
  const std::vector<Words> wrong = {{},
                                    {"destroy"},
                                    {"create"},
                                    {"create", "No Blanks"},
                                    {"create", "p", "--quota-bytes", "much"},
                                    {"create", "p", "--quota-bytes", "-1"},
                                    {"create", "p", "--open-uploads", "1.5"},
                                    {"create", "p", "--quota-bytes", "9223372036854775808"},
                                    {"set", "p"},
                                    {"list"}};
  for (const Words& arguments : wrong) {
    EXPECT_EQ(run(arguments), kExitUsage);
    EXPECT_EQ(errors_.str().find('\n'), errors_.str().size() - 1) << errors_.str();
    EXPECT_EQ(out_.str(), "");
  }
}

}  // namespace
}  // namespace partwise
