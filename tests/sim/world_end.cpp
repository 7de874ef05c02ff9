// The end of a history: its last crashes, in fine weather, and a look at all that is left.

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "client.hpp"
#include "world.hpp"

namespace partwise::sim {

namespace {

// Far more than it takes to read all that is there.
constexpr std::uint64_t kReadingStepsMax = 1'000'000;

}  // namespace

void World::restart_now(Ending ending) {
  crash(ending);
  fleet_.start_all();
}

void World::settle(Milliseconds time) {
  fleet_.wake();
  scheduler.run_for(time);
  check_scrubber();
}

void World::read_everything() {
  auto client = std::make_shared<Client>(*this);
  bool is_reading = true;
  boost::asio::co_spawn(client_loop_.executor(), client->read_everything(),
                        [&is_reading, client](std::exception_ptr error) {
                          is_reading = false;
                          if (error) std::rethrow_exception(error);
                        });
  const std::uint64_t until = scheduler.steps() + kReadingStepsMax;
  while (is_reading && !oracle.violation()) {
    if (!scheduler.step() || scheduler.steps() > until) {
      return oracle.fail("answer", "Somebody who reads is not answered.");
    }
  }
}

void World::finish() {
  // The weather is fine from here on.
  disk.faults = {};
  disk.capacity = kGiB;
  plan.store_faults = {};
  plan.interference_per_mille = 0;
  oracle.excuses.faults = false;
  crash_in_steps_ = 0;
  // A clock that was set back would keep deadlines away for as long.
  clock.wall_offset_s = latest_wall_offset_s_;
  for (const Ending ending : {Ending::kill, Ending::power_loss}) {
    restart_now(ending);
    settle(Milliseconds{5'000});
    oracle.check_references();
    oracle.check_contents();
    read_everything();
    if (oracle.violation()) return;
  }
  // Long enough for every deadline, for a clock that is not trusted, and for what is held back.
  for (int i = 0; i < 8 && !oracle.violation(); ++i) {
    scheduler.leap(Milliseconds{900'000});
    settle(Milliseconds{130'000});
  }
  if (oracle.violation()) return;
  oracle.check_at_rest();
  check_tables();
  oracle.check_contents();
  if (fleet_.streams() != 0) oracle.fail("I9", "A stream is registered, and nothing is at work.");
  restart_now(Ending::power_loss);
  oracle.check_at_rest();
  if (!oracle.violation()) read_everything();
}

}  // namespace partwise::sim
