// new and delete in their forms, containers, virtual calls and exceptions.
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Shape {
  virtual ~Shape() { std::printf("~%s\n", name()); }
  virtual const char *name() const { return "shape"; }
  virtual double area() const = 0;
};

struct Square final : Shape {
  explicit Square(double side) : side(side) {}
  ~Square() override { std::printf("square %d gone\n", static_cast<int>(side)); }
  double area() const override { return side * side; }
  double side;
};

struct alignas(32) Aligned {
  char bytes[64];
};

void containers() {
  std::vector<std::string> words;
  for (int n = 0; n < 6; n++) words.push_back("a word that is too long to be small " + std::to_string(n));
  std::printf("%u words, the last: %s\n", static_cast<unsigned>(words.size()), words.back().c_str());
}

void forms() {
  std::unique_ptr<Shape> shape(new Square(3));
  std::printf("area %d\n", static_cast<int>(shape->area()));
  int *array = new int[20]();
  std::printf("array: %d\n", array[19]);
  delete[] array;
  Aligned *aligned = new Aligned;
  std::printf("aligned: %s\n", reinterpret_cast<unsigned>(aligned) % 32 == 0 ? "yes" : "no");
  delete aligned;
  char *large = new (std::nothrow) char[1 << 20];
  std::printf("nothrow: %s\n", large == nullptr ? "null" : "got");
  alignas(Square) char room[sizeof(Square)];
  Square *placed = new (room) Square(2);
  placed->~Square();
}

void thrown(int depth) {
  std::string local = "unwound with its memory, from depth " + std::to_string(depth);
  if (depth == 0) throw std::runtime_error(local);
  thrown(depth - 1);
}

void exceptions() {
  try {
    thrown(3);
  } catch (const std::exception &error) {
    std::printf("caught: %s\n", error.what());
  }
  try {
    std::printf("%p\n", static_cast<void *>(new char[1 << 20]));
  } catch (const std::bad_alloc &) {
    std::printf("caught: bad_alloc\n");
  }
}

}  // namespace

int main() {
  containers();
  forms();
  exceptions();
  std::printf("done\n");
  return 0;
}
