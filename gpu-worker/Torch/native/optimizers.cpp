// One step of an optimizer for one parameter: as PyTorch 1.13 computes it, in one pass over the memory of the CPU, by whole-tensor
// operations elsewhere. All in float32; a parameter of another dtype is a rounded copy of its float32 master.
#include "shim.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

using namespace lace;

namespace {

constexpr int64_t kGrain = 1 << 14;

bool in_memory(std::initializer_list<Tensor> tensors) {
  for (const auto& tensor : tensors) {
    if (!tensor.is_cpu() || tensor.scalar_type() != at::kFloat || !tensor.is_contiguous()) return false;
  }
  return true;
}

void check(const Tensor& parameter, const Tensor& gradient) {
  TORCH_CHECK(parameter.scalar_type() == at::kFloat, "an optimizer works on float32, not ", parameter.scalar_type());
  TORCH_CHECK(gradient.sizes() == parameter.sizes(), "a gradient of ", gradient.sizes(), " for a parameter of ", parameter.sizes());
}

// decoupled: the decay acts on the weight and not through the gradient (AdamW).
void adam(Tensor p, Tensor g, Tensor m, Tensor v, int64_t step, double rate, double beta1, double beta2, double epsilon, double decay,
    bool decoupled, double scale) {
  check(p, g);
  const double correction = 1 - std::pow(beta1, step), root = std::sqrt(1 - std::pow(beta2, step));
  if (!in_memory({p, g, m, v})) {
    auto gradient = g.to(at::kFloat) * scale;
    if (decoupled) {
      p.mul_(1 - rate * decay);
    } else if (decay != 0) {
      gradient.add_(p, decay);
    }
    m.mul_(beta1).add_(gradient, 1 - beta1);
    v.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
    p.addcdiv_(m, v.sqrt().div_(root).add_(epsilon), -rate / correction);
    return;
  }
  auto *weight = p.data_ptr<float>(), *mean = m.data_ptr<float>(), *square = v.data_ptr<float>();
  const auto* gradient = g.data_ptr<float>();
  const float kept = decoupled ? 1 - rate * decay : 1, pulled = decoupled ? 0 : decay, factor = scale;
  const float b1 = beta1, new1 = 1 - beta1, b2 = beta2, new2 = 1 - beta2, size = rate / correction, divisor = root, eps = epsilon;
  at::parallel_for(0, p.numel(), kGrain, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const float change = gradient[i] * factor + pulled * weight[i];
      mean[i] = mean[i] * b1 + change * new1;
      square[i] = square[i] * b2 + change * change * new2;
      weight[i] = weight[i] * kept - size * (mean[i] / (std::sqrt(square[i]) / divisor + eps));
    }
  });
}

void sgd(Tensor p, Tensor g, Tensor buffer, double rate, double momentum, double decay, double scale) {
  check(p, g);
  auto change = g.to(at::kFloat) * scale;
  if (decay != 0) change.add_(p, decay);
  if (buffer.defined()) change = buffer.mul_(momentum).add_(change);
  p.add_(change, -rate);
}

// Shazeer and Stern (arXiv 1804.04235), with the rate given: no relative steps, no scaling by the parameter, no first moment. A
// matrix keeps the means of its squared gradient by row and by column, anything else the squares.
void adafactor(Tensor p, Tensor g, Tensor row, Tensor column, int64_t step, double rate, double decay, double scale) {
  constexpr double kTiny = 1e-30, kThreshold = 1, kDecayRate = -0.8;
  check(p, g);
  const double beta = 1 - std::pow(static_cast<double>(step), kDecayRate);
  auto gradient = g.to(at::kFloat) * scale;
  auto squares = gradient.square().add_(kTiny);
  Tensor update;
  if (column.defined()) {
    row.mul_(beta).add_(squares.mean(-1), 1 - beta);
    column.mul_(beta).add_(squares.mean(-2), 1 - beta);
    auto of_row = (row / row.mean(-1, true)).rsqrt_().unsqueeze(-1);
    update = gradient.mul_(of_row).mul_(column.rsqrt().unsqueeze(-2));
  } else {
    row.mul_(beta).add_(squares, 1 - beta);
    update = gradient.mul_(row.rsqrt());
  }
  auto root_mean_square = update.square().mean().sqrt();
  update.div_((root_mean_square / kThreshold).clamp_min_(1)).mul_(rate);
  if (decay != 0) p.mul_(1 - rate * decay);
  p.sub_(update);
}

}  // namespace

LT_STATUS(adam, (In p, In g, In m, In v, int64_t step, double rate, double beta1, double beta2, double epsilon, double decay, int32_t decoupled, double scale),
    adam(*p, *g, *m, *v, step, rate, beta1, beta2, epsilon, decay, decoupled != 0, scale))
LT_STATUS(sgd, (In p, In g, Maybe buffer, double rate, double momentum, double decay, double scale),
    sgd(*p, *g, buffer.value(), rate, momentum, decay, scale))
LT_STATUS(adafactor, (In p, In g, In row, Maybe column, int64_t step, double rate, double decay, double scale),
    adafactor(*p, *g, *row, column.value(), step, rate, decay, scale))
