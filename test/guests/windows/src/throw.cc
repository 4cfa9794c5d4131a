// C++ exceptions: thrown through frames with destructors, rethrown, of library types.
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Guard {
  const char *name;
  ~Guard() { std::printf("~%s\n", name); }
};

int fail(int level) {
  Guard guard{level % 2 ? "odd" : "even"};
  if (level == 0) throw std::runtime_error("deep");
  return fail(level - 1) + 1;
}

void again() {
  try {
    fail(3);
  } catch (const std::exception &error) {
    std::printf("first: %s\n", error.what());
    throw;
  }
}

}  // namespace

int main() {
  try {
    again();
  } catch (const std::runtime_error &error) {
    std::printf("second: %s\n", error.what());
  }
  try {
    throw 42;
  } catch (int value) {
    std::printf("int %d\n", value);
  }
  try {
    std::vector<int> few(3);
    few.at(5) = 1;
  } catch (const std::out_of_range &) {
    std::printf("out of range\n");
  }
  std::string text = "a long enough text that it lies in the heap";
  std::printf("%d %s\n", static_cast<int>(text.size()), text.substr(2, 4).c_str());
  return 0;
}
