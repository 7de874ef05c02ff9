#pragma once

// Barriers between the steps of a request. Everything that passes here tells its name; a test
// closes one gate, holds whoever arrives there, and lets others run to their end meanwhile. Lives
// on the loop.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/completion.hpp"

namespace partwise::test {

// One arrival: the name of the gate, as `uploads.add_part.before`, and which arrival there it was,
// from 1.
struct GatePoint {
  std::string gate;
  std::size_t nth = 1;
  friend bool operator==(const GatePoint&, const GatePoint&) = default;
};

class Gates {
 public:
  Gates() = default;
  Gates(const Gates&) = delete;
  Gates& operator=(const Gates&) = delete;

  // Forgets every arrival so far.
  void restart();
  // The arrival `point`, counted from the last `restart`, will be held; all others pass. One at a
  // time.
  void hold(GatePoint point);
  // Whether somebody is held now.
  [[nodiscard]] bool is_holding() const { return held_.has_value(); }
  // Lets go whoever is held, and holds nobody any more.
  void open();
  // Every arrival since the last `restart`, in order.
  [[nodiscard]] const std::vector<GatePoint>& trace() const { return trace_; }

  // Returns at once, or when a test opens the gate.
  [[nodiscard]] Task<> pass(std::string gate);

  // One verb of a port with a gate before it and one after it. `verb` begins when it may pass.
  template <class T>
  [[nodiscard]] Task<T> around(std::string name, Task<T> verb) {
    co_await pass(name + ".before");
    T result = co_await std::move(verb);
    co_await pass(name + ".after");
    co_return result;
  }

 private:
  std::map<std::string, std::size_t> arrivals_;
  std::vector<GatePoint> trace_;
  std::optional<GatePoint> closed_;
  std::optional<Completion<bool>> held_;
};

}  // namespace partwise::test
