// LayerNorm and RMSNorm: the gradients of their weights are a vector an example, and kept.
#include "kernels.h"
#include "private.h"

#include <ATen/Parallel.h>

namespace lace {
namespace {

// gamma (and beta, where there is one): Σ_t g ∘ x̂ and Σ_t g of each example.
void keep_gradients(Use& use, const Tensor& gradient, const Tensor& input, const Tensor& mean, const Tensor& rstd) {
  auto g = as_sequences(gradient, use.examples).to(at::kFloat).contiguous();
  auto x = as_sequences(input, use.examples).to(at::kFloat).contiguous();
  const int64_t examples = use.examples, rows = g.size(1), width = g.size(2);
  auto gamma = at::zeros({examples, width}, g.options());
  auto beta = use.bias_slot == kFrozen ? Tensor() : at::zeros({examples, width}, g.options());
  auto scale = rstd.to(at::kFloat).contiguous().view({examples, rows, 1});
  auto shift = mean.defined() ? mean.to(at::kFloat).contiguous().view({examples, rows, 1}) : Tensor();
  if (g.is_cpu()) {
    at::parallel_for(0, examples, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; b++) {
        const int64_t at_row = b * rows;
        norm_gradients(gamma.data_ptr<float>() + b * width, beta.defined() ? beta.data_ptr<float>() + b * width : nullptr,
            g.data_ptr<float>() + at_row * width, x.data_ptr<float>() + at_row * width,
            shift.defined() ? shift.data_ptr<float>() + at_row : nullptr, scale.data_ptr<float>() + at_row, rows, width);
      }
    });
  } else {
    auto normal = (shift.defined() ? x - shift : x) * scale;
    gamma = (g * normal).sum(1);
    if (beta.defined()) beta = g.sum(1);
  }
  if (use.weight_slot != kFrozen) use.keep(use.weight_slot, gamma);
  if (beta.defined()) use.keep(use.bias_slot, beta);
}

struct LayerNorm : torch::autograd::Function<LayerNorm> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor dummy, UsePointer use) {
    attach(context, use);
    auto [y, mean, rstd] = at::native_layer_norm(x, use->weight.sizes(), use->weight, use->bias, use->number);
    context->save_for_backward({x, mean, rstd});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto use = attached(context);
    auto saved = context->get_saved_variables();
    auto g = gradients[0].contiguous();
    keep_gradients(*use, g, saved[0], saved[1], saved[2]);
    Tensor to_x;
    if (context->needs_input_grad(0)) {
      to_x = std::get<0>(at::native_layer_norm_backward(
          g, saved[0], use->weight.sizes(), saved[1], saved[2], use->weight, use->bias, {true, false, false}));
    }
    return {to_x, Tensor(), Tensor()};
  }
};

// y = (x · rstd) ∘ w with rstd = (mean(x²) + eps)^(-1/2), in float32 until the product with the weight.
std::pair<Tensor, Tensor> normalized(const Tensor& x, double eps) {
  auto wide = x.to(at::kFloat);
  auto rstd = wide.square().mean(-1, true).add_(eps).rsqrt_();
  return {wide * rstd, rstd};
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor dummy, UsePointer use) {
    attach(context, use);
    auto [normal, rstd] = normalized(x, use->number);
    context->save_for_backward({x, rstd});
    return normal.to(x.scalar_type()) * use->weight;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto use = attached(context);
    auto saved = context->get_saved_variables();
    keep_gradients(*use, gradients[0], saved[0], Tensor(), saved[1]);
    Tensor to_x;
    if (context->needs_input_grad(0)) {
      auto normal = saved[0].to(at::kFloat) * saved[1];
      auto weighted = gradients[0].to(at::kFloat) * use->weight.to(at::kFloat);
      to_x = weighted.sub_(normal.mul_((weighted * normal).mean(-1, true))).mul_(saved[1]).to(saved[0].scalar_type());
    }
    return {to_x, Tensor(), Tensor()};
  }
};

UsePointer open(Book& book, const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  auto use = book.open(x, {book.slot_of(weight), book.slot_of(bias)});
  use->weight = weight;
  use->bias = bias;
  use->weight_slot = book.slot_of(weight);
  use->bias_slot = book.slot_of(bias);
  use->number = eps;
  return use;
}

Tensor layer_norm(Book& book, const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  if (book.slot_of(weight) == kFrozen && book.slot_of(bias) == kFrozen) return at::layer_norm(x, weight.sizes(), weight, bias, eps);
  return LayerNorm::apply(x, book.dummy, open(book, x, weight, bias, eps));
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return normalized(x, eps).first.to(x.scalar_type()) * weight;
}

Tensor rms_norm(Book& book, const Tensor& x, const Tensor& weight, double eps) {
  if (book.slot_of(weight) == kFrozen) return rms_norm(x, weight, eps);
  return RmsNorm::apply(x, book.dummy, open(book, x, weight, Tensor(), eps));
}

}  // namespace
}  // namespace lace

using namespace lace;

LT_TENSOR(rms_norm, (In x, In weight, double eps), rms_norm(*x, *weight, eps))
LT_TENSOR(book_layer_norm, (Book* book, In x, In weight, Maybe bias, double eps), layer_norm(*book, *x, *weight, bias.value(), eps))
LT_TENSOR(book_rms_norm, (Book* book, In x, In weight, double eps), rms_norm(*book, *x, *weight, eps))
