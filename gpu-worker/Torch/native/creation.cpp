// Tensors from nothing and from memory; what a tensor is; back to memory.
#include "shim.h"

#include <cstring>
#include <memory>

using namespace lace;

LT_TENSOR(empty, (const int64_t* sizes, int32_t n, int32_t type, Place place), at::empty(ints(sizes, n), options(type, place)))
LT_TENSOR(zeros, (const int64_t* sizes, int32_t n, int32_t type, Place place), at::zeros(ints(sizes, n), options(type, place)))
LT_TENSOR(full, (const int64_t* sizes, int32_t n, Number value, int32_t type, Place place), at::full(ints(sizes, n), *value, options(type, place)))
LT_TENSOR(arange, (Number start, Number end, Number step, int32_t type, Place place), at::arange(*start, *end, *step, options(type, place)))
LT_TENSOR(zeros_like, (In a), at::zeros_like(*a))
LT_TENSOR(full_like, (In a, Number value), at::full_like(*a, *value))

static void check_bytes(const Tensor& tensor, int64_t bytes) {
  TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes,
      "a tensor of shape ", tensor.sizes(), " and dtype ", tensor.dtype(), " has ", tensor.nbytes(), " bytes, the memory ", bytes);
}

LT_TENSOR(from_bytes, (const void* data, int64_t bytes, const int64_t* sizes, int32_t n, int32_t type, Place place), [&] {
  auto tensor = at::empty(ints(sizes, n), at::TensorOptions().dtype(scalar_type(type)));
  check_bytes(tensor, bytes);
  if (bytes > 0) std::memcpy(tensor.data_ptr(), data, bytes);
  return tensor.to(place.device());
}())

// The memory stays the caller's. release(context) is called exactly once: when no tensor uses the memory any more, or on failure.
LT_TENSOR(from_blob, (void* data, int64_t bytes, const int64_t* sizes, int32_t n, int32_t type, void (*release)(void*), void* context), [&] {
  std::shared_ptr<void> owner(context, release);
  auto shape = ints(sizes, n);
  auto dtype = scalar_type(type);
  for (auto size : shape) TORCH_CHECK(size >= 0, "a shape with a negative size: ", shape);
  check_bytes(at::empty(shape, at::TensorOptions().dtype(dtype).device(at::kMeta)), bytes);
  return at::from_blob(data, shape, [owner](void*) {}, at::TensorOptions().dtype(dtype));
}())

LT_STATUS(copy_to, (In a, void* data, int64_t bytes), {
  auto source = a->detach().to(at::kCPU).contiguous();
  check_bytes(source, bytes);
  if (bytes > 0) std::memcpy(data, source.data_ptr(), bytes);
})

LT_STATUS(data, (In a, void** data), {
  TORCH_CHECK(a->device().is_cpu(), "the memory of a tensor on ", a->device(), " is not the processor's");
  TORCH_CHECK(a->is_contiguous(), "the tensor is not contiguous");
  *data = a->data_ptr();
})

LT_STATUS(item_real, (In a, double* value), *value = a->item<double>())
LT_STATUS(item_whole, (In a, int64_t* value), *value = a->item<int64_t>())

LT_VALUE(int32_t, dim, (In a), static_cast<int32_t>(a->dim()))
LT_STATUS(sizes, (In a, int64_t* sizes), std::copy(a->sizes().begin(), a->sizes().end(), sizes))
LT_STATUS(strides, (In a, int64_t* strides), std::copy(a->strides().begin(), a->strides().end(), strides))
LT_VALUE(int64_t, numel, (In a), a->numel())
LT_VALUE(int32_t, dtype, (In a), static_cast<int32_t>(a->scalar_type()))
LT_VALUE(int32_t, is_contiguous, (In a), a->is_contiguous())
LT_VALUE(int32_t, device_type, (In a), static_cast<int32_t>(a->device().type()))
LT_VALUE(int32_t, device_index, (In a), a->device().has_index() ? a->device().index() : 0)

LT_TENSOR(to_dtype, (In a, int32_t type), a->to(scalar_type(type)))
LT_TENSOR(to_device, (In a, Place place), a->to(place.device()))
LT_TENSOR(clone, (In a), a->clone())
LT_STATUS(copy_, (In a, In source), a->copy_(*source))
