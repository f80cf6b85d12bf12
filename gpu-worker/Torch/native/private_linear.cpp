// Layers whose weight's gradient is a product: linear and LoRA.
#include "kernels.h"
#include "private.h"

#include <ATen/Parallel.h>

namespace lace {

static bool plain(const Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat; }

Tensor row_squares(const Tensor& rows) {
  if (!plain(rows) || !rows.is_contiguous()) return rows.to(at::kDouble).square().sum(1);
  auto squares = at::empty({rows.size(0)}, rows.options().dtype(at::kDouble));
  const auto* from = rows.data_ptr<float>();
  auto* to = squares.data_ptr<double>();
  const int64_t width = rows.size(1);
  for (int64_t b = 0; b < rows.size(0); b++) to[b] = sum_of_squares(from + b * width, width);
  return squares;
}

// Gradient and norm of each example; on the CPU the norm is taken while the gradient is still in the cache.
static void instantiate(Part& part, const Tensor& outputs, const Tensor& inputs) {
  const int64_t examples = outputs.size(0), length = outputs.size(1), p = outputs.size(2), d = inputs.size(2);
  if (!plain(outputs) || !plain(inputs)) {
    part.gradients = at::bmm(outputs.to(at::kFloat).transpose(1, 2), inputs.to(at::kFloat)).view({examples, p * d});
    part.squares = row_squares(part.gradients);
    return;
  }
  auto g = outputs.contiguous(), x = inputs.contiguous();
  part.gradients = at::empty({examples, p * d}, g.options());
  part.squares = at::empty({examples}, g.options().dtype(at::kDouble));
  const auto *from = g.data_ptr<float>(), *with = x.data_ptr<float>();
  auto* to = part.gradients.data_ptr<float>();
  auto* squares = part.squares.data_ptr<double>();
  at::parallel_for(0, examples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      transposed_product(to + b * p * d, from + b * length * p, with + b * length * d, length, p, d);
      squares[b] = sum_of_squares(to + b * p * d, p * d);
    }
  });
}

// |G|² = <x xᵀ, g gᵀ>, without G.
static void ghost(Part& part, const Tensor& outputs, const Tensor& inputs) {
  part.outputs = outputs;
  part.inputs = inputs;
  auto g = outputs.to(at::kFloat), x = inputs.to(at::kFloat);
  if (outputs.size(1) == 1) {
    part.squares = row_squares(g.flatten(1).contiguous()) * row_squares(x.flatten(1).contiguous());
    return;
  }
  auto of_g = at::bmm(g, g.transpose(1, 2)).flatten(1), of_x = at::bmm(x, x.transpose(1, 2)).flatten(1);
  part.scale = (row_squares(of_g) * row_squares(of_x)).sqrt();
  part.squares = of_g.mul_(of_x).sum(1, false, at::kDouble);
}

// Instantiated gradients are kept where they are no larger than the layer's input and output, which the other way keeps, and
// where writing and reading them takes less time than the two T x T products of the other way.
static bool instantiates(int64_t method, bool cuda, double length, double p, double d) {
  if (method != kByCost) return method == kInstantiate;
  const double operations_a_float = cuda ? 500 : 60;
  return p * d <= length * (p + d) && length * length * (p + d) >= operations_a_float * p * d;
}

Part product_part(int64_t slot, const Tensor& outputs, const Tensor& inputs, int64_t method) {
  Part part;
  part.slot = slot;
  if (instantiates(method, outputs.is_cuda(), outputs.size(1), outputs.size(2), inputs.size(2))) {
    instantiate(part, outputs, inputs);
  } else {
    ghost(part, outputs, inputs);
  }
  return part;
}

namespace {

c10::optional<Tensor> optional(const Tensor& tensor) { return tensor.defined() ? c10::optional<Tensor>(tensor) : c10::nullopt; }

struct Linear : torch::autograd::Function<Linear> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor dummy, UsePointer use) {
    attach(context, use);
    if (use->weight_slot != kFrozen) context->save_for_backward({x});
    return at::linear(x, use->weight, optional(use->bias));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto use = attached(context);
    auto g = gradients[0].contiguous();
    auto outputs = as_sequences(g, use->examples);
    if (use->weight_slot != kFrozen) {
      auto x = context->get_saved_variables()[0];
      use->parts.push_back(product_part(use->weight_slot, outputs, as_sequences(x, use->examples), use->method));
    }
    if (use->bias_slot != kFrozen) use->keep(use->bias_slot, outputs.sum(1, false, at::kFloat));
    return {context->needs_input_grad(0) ? at::matmul(g, use->weight) : Tensor(), Tensor(), Tensor()};
  }
};

// y = x Wᵀ + b + s (v Aᵀ) Bᵀ, where v is x, or x after dropout.
struct Lora : torch::autograd::Function<Lora> {
  static Tensor forward(AutogradContext* context, Tensor x, Tensor v, Tensor dummy, UsePointer use) {
    attach(context, use);
    auto low = at::linear(v, use->a);
    context->save_for_backward({v, low});
    auto y = at::linear(x, use->weight, optional(use->bias));
    y.view({-1, y.size(-1)}).addmm_(low.view({-1, low.size(-1)}), use->b.t(), 1, use->number);
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto use = attached(context);
    auto saved = context->get_saved_variables();
    auto g = gradients[0].contiguous();
    auto low_gradient = at::matmul(g, use->b).mul_(use->number);
    auto outputs = as_sequences(g, use->examples);
    Part part;
    part.slot = use->weight_slot;
    instantiate(part, as_sequences(low_gradient, use->examples), as_sequences(saved[0], use->examples));
    use->parts.push_back(std::move(part));
    part = Part();
    part.slot = use->bias_slot;
    instantiate(part, outputs, as_sequences(saved[1], use->examples));
    part.gradients.mul_(use->number);
    part.squares.mul_(use->number * use->number);
    use->parts.push_back(std::move(part));

    Tensor to_x, to_v;
    if (context->needs_input_grad(0)) to_x = at::matmul(g, use->weight);
    if (context->needs_input_grad(1)) {
      if (use->one_input && to_x.defined()) {
        to_x.view({-1, to_x.size(-1)}).addmm_(low_gradient.view({-1, low_gradient.size(-1)}), use->a);
      } else {
        to_v = at::matmul(low_gradient, use->a);
      }
    }
    return {to_x, to_v, Tensor(), Tensor()};
  }
};

Tensor linear(Book& book, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto weight_slot = book.slot_of(weight), bias_slot = book.slot_of(bias);
  if (weight_slot == kFrozen && bias_slot == kFrozen) return at::linear(x, weight, optional(bias));
  auto use = book.open(x, {weight_slot, bias_slot});
  use->weight = weight;
  use->bias = bias;
  use->weight_slot = weight_slot;
  use->bias_slot = bias_slot;
  return Linear::apply(x, book.dummy, use);
}

Tensor lora(Book& book, const Tensor& x, const Tensor& v, const Tensor& weight, const Tensor& bias, const Tensor& a, const Tensor& b,
    double scaling) {
  TORCH_CHECK(book.slot_of(weight) == kFrozen && book.slot_of(bias) == kFrozen, "beside LoRA the layer's own weights are frozen");
  TORCH_CHECK(v.sizes() == x.sizes(), "the input of LoRA's path is ", v.sizes(), ", the layer's ", x.sizes());
  TORCH_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(0) == b.size(1), "LoRA's A is (r, in) and B (out, r)");
  const auto a_slot = book.slot_of(a), b_slot = book.slot_of(b);
  TORCH_CHECK(a_slot != kFrozen && b_slot != kFrozen, "both weights of LoRA are parameters of the gradient book");
  auto use = book.open(x, {a_slot, b_slot});
  use->weight = weight;
  use->bias = bias;
  use->a = a;
  use->b = b;
  use->weight_slot = a_slot;
  use->bias_slot = b_slot;
  use->number = scaling;
  use->one_input = v.is_same(x);
  return Lora::apply(x, v, book.dummy, use);
}

}  // namespace
}  // namespace lace

using namespace lace;

LT_TENSOR(book_linear, (Book* book, In x, In weight, Maybe bias), linear(*book, *x, *weight, bias.value()))
LT_TENSOR(book_lora, (Book* book, In x, In dropped, In weight, Maybe bias, In a, In b, double scaling),
    lora(*book, *x, *dropped, *weight, bias.value(), *a, *b, scaling))
