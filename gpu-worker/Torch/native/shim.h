// What the groups of exports share. Plain C crosses the boundary: handles (heap-allocated at::Tensor), numbers, text.
// An export never lets an exception out: it returns null or -1, and lt_last_error() says why, on the same thread.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#define LT_EXPORT extern "C" __attribute__((visibility("default")))

namespace lace {

using at::Tensor;

void remember_exception() noexcept;
void count_handle(int64_t change) noexcept;

const Tensor& checked(const Tensor* tensor);
Tensor* box(Tensor tensor);

// A tensor that must be there. Laid out as the pointer it holds, so that it is one to C.
struct In {
  Tensor* tensor;
  const Tensor& operator*() const { return checked(tensor); }
  const Tensor* operator->() const { return &checked(tensor); }
};

// A tensor that may be missing: ATen takes an undefined one for none.
struct Maybe {
  Tensor* tensor;
  Tensor value() const { return tensor ? checked(tensor) : Tensor(); }
};

// As Lace.Torch.Scalar: whole numbers stay whole, so that they do not turn an int64 tensor into a float one.
struct Number {
  int64_t is_whole;
  union {
    int64_t whole;
    double real;
  };
  at::Scalar operator*() const { return is_whole ? at::Scalar(whole) : at::Scalar(real); }
};

struct Place {
  int32_t type;
  int32_t index;
  at::Device device() const;
};

at::ScalarType scalar_type(int32_t value);
at::TensorOptions options(int32_t type, Place place);
inline at::IntArrayRef ints(const int64_t* values, int32_t count) { return {values, static_cast<size_t>(count)}; }
at::Generator generator(const at::Generator* handle);

template <class F>
Tensor* tensor_of(F work) noexcept {
  try {
    return box(work());
  } catch (...) {
    remember_exception();
    return nullptr;
  }
}

template <class F>
int32_t status_of(F work) noexcept {
  try {
    work();
    return 0;
  } catch (...) {
    remember_exception();
    return -1;
  }
}

template <class F>
auto value_of(F work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    remember_exception();
    return -1;
  }
}

}  // namespace lace

// Exports that give a tensor, that only succeed or fail, and that give a number, -1 on failure.
#define LT_TENSOR(name, parameters, ...) \
  LT_EXPORT lace::Tensor* lt_##name parameters { return lace::tensor_of([&]() -> lace::Tensor { return __VA_ARGS__; }); }
#define LT_STATUS(name, parameters, ...) \
  LT_EXPORT int32_t lt_##name parameters { return lace::status_of([&] { __VA_ARGS__; }); }
#define LT_VALUE(type, name, parameters, ...) \
  LT_EXPORT type lt_##name parameters { return lace::value_of([&]() -> type { return __VA_ARGS__; }); }
