// Gradients. Hooks and functions of our own stay on this side of the boundary.
#include "shim.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

using namespace lace;

LT_EXPORT int32_t lt_grad_enabled() { return at::GradMode::is_enabled(); }
LT_EXPORT void lt_set_grad_enabled(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }

LT_VALUE(int32_t, requires_grad, (In a), a->requires_grad())
LT_STATUS(set_requires_grad, (In a, int32_t value), a->set_requires_grad(value != 0))
LT_VALUE(int32_t, is_leaf, (In a), a->is_leaf())
LT_TENSOR(detach, (In a), a->detach())

LT_STATUS(backward, (In a, Maybe gradient, int32_t retain_graph), a->backward(gradient.value(), retain_graph != 0))

// Null where there is none.
LT_STATUS(grad, (In a, Tensor** gradient), {
  const auto& found = a->grad();
  *gradient = found.defined() ? box(found) : nullptr;
})
LT_STATUS(set_grad, (In a, Maybe gradient), {
  auto value = gradient.value();
  TORCH_CHECK(!value.defined() || (value.sizes() == a->sizes() && value.dtype() == a->dtype() && value.device() == a->device()),
      "a gradient has the shape, dtype and device of its tensor");
  a->mutable_grad() = value;
})

// Writes a handle for each input, null where an input was not used and that is allowed.
LT_STATUS(autograd_grad, (In output, Tensor* const* inputs, int32_t count, Maybe gradient, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, Tensor** gradients), {
  std::vector<Tensor> from;
  for (int32_t i = 0; i < count; i++) from.push_back(checked(inputs[i]));
  std::vector<Tensor> seeds;
  if (gradient.tensor) seeds.push_back(gradient.value());
  auto found = torch::autograd::grad({*output}, from, seeds, retain_graph != 0, create_graph != 0, allow_unused != 0);
  for (int32_t i = 0; i < count; i++) gradients[i] = found[i].defined() ? box(found[i]) : nullptr;
})
