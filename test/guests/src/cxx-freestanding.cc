// C++ without its library: operator new and delete of our own over malloc, a template, a virtual
// call, a constructor that runs before main.
#include <stddef.h>

extern "C" {
#include "console.h"
void *malloc(size_t size);
void free(void *pointer);
void abort() __attribute__((noreturn));
void __cxa_pure_virtual() { abort(); }
int __aeabi_atexit(void *, void (*)(void *), void *) { return 0; }
int __cxa_atexit(void (*)(void *), void *, void *) { return 0; }
void *__dso_handle;
}

__attribute__((noinline)) void *operator new(size_t size) { return malloc(size); }
__attribute__((noinline)) void *operator new[](size_t size) { return malloc(size); }
__attribute__((noinline)) void operator delete(void *pointer) noexcept { free(pointer); }
__attribute__((noinline)) void operator delete(void *pointer, size_t) noexcept { free(pointer); }
__attribute__((noinline)) void operator delete[](void *pointer) noexcept { free(pointer); }
__attribute__((noinline)) void operator delete[](void *pointer, size_t) noexcept { free(pointer); }

namespace {

template <typename T>
class Stack {
 public:
  ~Stack() {
    while (top != nullptr) pop();
  }
  void push(const T &value) { top = new Node{top, value}; }
  T pop() {
    Node *node = top;
    T value = node->value;
    top = node->next;
    delete node;
    return value;
  }
  bool empty() const { return top == nullptr; }

 private:
  struct Node {
    Node *next;
    T value;
  };
  Node *top = nullptr;
};

struct Animal {
  virtual ~Animal() = default;
  virtual const char *says() const = 0;
};

struct Cat final : Animal {
  const char *says() const override { return "meow"; }
};

struct Dog final : Animal {
  ~Dog() override { say("a dog is gone\n"); }
  const char *says() const override { return "woof"; }
};

struct Early {
  Early() { say("before main\n"); }
} early;

}  // namespace

int main() {
  Stack<int> numbers;
  for (int n = 0; n < 10; n++) numbers.push(n * n);
  int sum = 0;
  for (int n = 0; n < 5; n++) sum += numbers.pop();
  say("sum %d\n", sum);
  Animal *animals[] = {new Cat, new Dog};
  for (Animal *animal : animals) {
    say("%s\n", animal->says());
    delete animal;
  }
  char *text = new char[16];
  text[0] = 'x';
  delete[] text;
  return numbers.empty() ? 1 : 0;
}
