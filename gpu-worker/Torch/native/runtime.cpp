// Handles, errors, threads, and what this process has loaded.
#include "shim.h"

#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/Logging.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <atomic>

namespace lace {

// Raised by hand with every change of an export's parameters; Interop/Shim.cs holds the same number.
static constexpr int32_t kAbi = 3;

static thread_local std::string last_error;
static std::atomic<int64_t> live_handles{0};

// A C++ stack is milliseconds for every refusal, and nobody reads it; PyTorch leaves it out too.
[[maybe_unused]] static const bool no_stacks = [] {
  c10::SetStackTraceFetcher([]() -> std::string { return ""; });
  return true;
}();

static void remember(const char* text) noexcept {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
}

void remember_exception() noexcept {
  try {
    throw;
  } catch (const c10::Error& error) {
    remember(error.what_without_backtrace());
  } catch (const std::exception& error) {
    remember(error.what());
  } catch (...) {
    remember("an exception of an unknown C++ type");
  }
}

void count_handle(int64_t change) noexcept { live_handles.fetch_add(change, std::memory_order_relaxed); }

const Tensor& checked(const Tensor* tensor) {
  TORCH_CHECK(tensor != nullptr, "a tensor is missing");
  TORCH_CHECK(tensor->defined(), "the tensor is undefined");
  return *tensor;
}

Tensor* box(Tensor tensor) {
  TORCH_CHECK(tensor.defined(), "the result is an undefined tensor");
  auto* handle = new Tensor(std::move(tensor));
  count_handle(1);
  return handle;
}

at::ScalarType scalar_type(int32_t value) {
  auto type = static_cast<at::ScalarType>(value);
  TORCH_CHECK(
      type == at::kFloat || type == at::kBFloat16 || type == at::kLong || type == at::kBool,
      "dtype ", value, " is none of float32, bfloat16, int64, bool");
  return type;
}

at::Device Place::device() const {
  TORCH_CHECK(type == 0 || type == 1, "device type ", type, " is neither CPU nor CUDA");
  return type == 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

at::TensorOptions options(int32_t type, Place place) {
  return at::TensorOptions().dtype(scalar_type(type)).device(place.device());
}

}  // namespace lace

LT_EXPORT int32_t lt_abi() { return lace::kAbi; }
LT_EXPORT const char* lt_version() { return TORCH_VERSION; }
LT_EXPORT const char* lt_last_error() { return lace::last_error.c_str(); }
LT_EXPORT int64_t lt_live_handles() { return lace::live_handles.load(std::memory_order_relaxed); }

LT_EXPORT void lt_free(at::Tensor* tensor) {
  if (tensor) {
    lace::count_handle(-1);
    lace::status_of([&] { delete tensor; });
  }
}

LT_STATUS(set_num_threads, (int32_t count), at::set_num_threads(count))
LT_VALUE(int32_t, get_num_threads, (), at::get_num_threads())

LT_STATUS(cuda_is_available, (int32_t* result), *result = at::hasCUDA())
LT_STATUS(cuda_synchronize, (int32_t index), at::detail::getCUDAHooks().deviceSynchronize(index))

// Looks a symbol up in this library's own scope, in the order in which the loader bound libtorch.
static void* symbol(const char* name) {
  Dl_info self{};
  void* found = nullptr;
  if (dladdr(reinterpret_cast<void*>(&lt_abi), &self)) {
    if (void* scope = dlopen(self.dli_fname, RTLD_NOLOAD | RTLD_LAZY)) {
      found = dlsym(scope, name);
      dlclose(scope);
    }
  }
  return found;
}

// The file whose sgemm libtorch calls; empty where none is exported (MKL linked into libtorch).
LT_EXPORT const char* lt_blas_file() {
  Dl_info found{};
  void* sgemm = symbol("sgemm_");
  return sgemm && dladdr(sgemm, &found) ? found.dli_fname : "";
}

// As OpenBLAS counts: 0 one thread, 1 its own threads, 2 OpenMP; -1 where no OpenBLAS is loaded.
LT_EXPORT int32_t lt_openblas_threading() {
  auto* parallel = reinterpret_cast<int (*)()>(symbol("openblas_get_parallel"));
  return parallel ? parallel() : -1;
}

LT_VALUE(int32_t, has_mkl, (), at::hasMKL())
