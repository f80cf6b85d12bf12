// Book-keeping DP-SGD: per-example gradients and their norms out of one backward pass (docs/private-training.md).
// A Use is one layer with trainable weights in one forward. Its backward leaves a Part for each of its weights; Book::finish
// turns them into clipped sums. Undefined tensors stay out of autograd's saved data: optional weights are fields of the Use.
#pragma once

#include "shim.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <unordered_map>

namespace lace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kFrozen = -1;

// What one weight of one use keeps until the norms of the whole batch are known. One of three forms.
struct Part {
  int64_t slot = kFrozen;
  Tensor gradients;        // float32 (B, the weight's elements): the gradient of each example
  Tensor inputs, outputs;  // (B, T, d) and (B, T, p): the gradient of example b is outputs[b]ᵀ inputs[b]
  Tensor rows, row_ids;    // (R, d) and int64 (R): the rows of a table that are not zero, example after example
  std::vector<int64_t> first_row;  // of each example, and R
  Tensor squares;          // double (B): squared norms
  Tensor scale;            // double (B): for inputs and outputs, what the products add up to without cancelling
};

struct Use : torch::CustomClassHolder {
  int64_t examples = 0;
  int64_t group = 0;
  int64_t method = 0;
  bool closed = false;  // its book went on without it
  bool done = false;    // its backward has been
  std::vector<Part> parts;
  Tensor weight, bias, a, b;  // as the layer has them; undefined where it has none
  int64_t weight_slot = kFrozen, bias_slot = kFrozen;
  double number = 0;  // eps, or the scaling of a LoRA layer
  bool one_input = false;  // LoRA without dropout: one gradient for both paths

  // Called by its backward before anything else.
  void enter();
  void keep(int64_t slot, Tensor gradients);
};
using UsePointer = c10::intrusive_ptr<Use>;

// The first argument of a Function's backward, and how it finds its use.
inline void attach(AutogradContext* context, const UsePointer& use) {
  context->saved_data["use"] = c10::IValue::make_capsule(use);
}
inline UsePointer attached(AutogradContext* context) {
  auto use = c10::static_intrusive_pointer_cast<Use>(context->saved_data["use"].toCapsule());
  use->enter();
  return use;
}

enum Method : int64_t { kByCost = 0, kInstantiate = 1, kGhost = 2 };
enum Clipping : int64_t { kAutomatic = 0, kFlat = 1, kPerLayer = 2 };

struct Book {
  explicit Book(std::vector<Tensor> parameters);
  ~Book() { close(); }

  void begin(int64_t count);
  int64_t slot_of(const Tensor& tensor) const;
  UsePointer open(const Tensor& x, std::initializer_list<int64_t> slots, bool may_tie = false);
  void finish(Clipping clipping, double norm, double gamma, float* norms, float* factors, int64_t* counts);

  std::vector<Tensor> parameters, sums;
  Tensor dummy;  // requires grad, so that the graph exists where nothing else does
  int64_t examples = -1;
  int64_t method = kByCost;

 private:
  void close();

  std::unordered_map<const void*, int64_t> index;
  std::vector<UsePointer> uses;
  std::vector<std::vector<std::pair<UsePointer, bool>>> uses_of;  // by slot; whether the use is one that may be tied
  int64_t groups = 0;
};

// (B, ..., d) as (B, T, d).
inline Tensor as_sequences(const Tensor& x, int64_t examples) { return x.reshape({examples, -1, x.size(-1)}); }

// The part of a weight whose gradient is outputs[b]ᵀ inputs[b].
Part product_part(int64_t slot, const Tensor& outputs, const Tensor& inputs, int64_t method);
// float32 (B, p · d).
Tensor example_products(const Tensor& outputs, const Tensor& inputs);
// double (B).
Tensor row_squares(const Tensor& rows);

}  // namespace lace
