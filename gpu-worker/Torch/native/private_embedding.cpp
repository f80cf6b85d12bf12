// Tables that are looked up. Rows of one example with one id are summed before the norm is taken.
#include "kernels.h"
#include "private.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>

namespace lace {
namespace {

// On the CPU: the positions of each example by id, then the sum of every run of equal ids.
void sum_rows(Part& part, const Tensor& g, const Tensor& ids) {
  const int64_t examples = g.size(0), length = g.size(1), width = g.size(2);
  const auto* id = ids.data_ptr<int64_t>();
  const auto* from = g.data_ptr<float>();
  std::vector<int32_t> order(examples * length);
  part.first_row.assign(examples + 1, 0);
  for (int64_t b = 0; b < examples; b++) {
    const auto* own = id + b * length;
    auto* sorted = order.data() + b * length;
    std::iota(sorted, sorted + length, 0);
    std::stable_sort(sorted, sorted + length, [&](int32_t s, int32_t t) { return own[s] < own[t]; });
    int64_t rows = 0;
    for (int64_t i = 0; i < length; i++) rows += i == 0 || own[sorted[i]] != own[sorted[i - 1]];
    part.first_row[b + 1] = part.first_row[b] + rows;
  }
  const int64_t total = part.first_row[examples];
  part.rows = at::zeros({total, width}, g.options());
  part.row_ids = at::empty({total}, ids.options());
  part.squares = at::empty({examples}, g.options().dtype(at::kDouble));
  auto* rows = part.rows.data_ptr<float>();
  auto* row_ids = part.row_ids.data_ptr<int64_t>();
  auto* squares = part.squares.data_ptr<double>();
  at::parallel_for(0, examples, 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const auto* own = id + b * length;
      const auto* sorted = order.data() + b * length;
      int64_t row = part.first_row[b] - 1;
      for (int64_t i = 0; i < length; i++) {
        if (i == 0 || own[sorted[i]] != own[sorted[i - 1]]) row_ids[++row] = own[sorted[i]];
        add_scaled(rows + row * width, 1, from + (b * length + sorted[i]) * width, width);
      }
      const int64_t first = part.first_row[b];
      squares[b] = sum_of_squares(rows + first * width, (part.first_row[b + 1] - first) * width);
    }
  });
}

// Elsewhere: the same by whole-tensor operations.
void sum_rows_anywhere(Part& part, const Tensor& g, const Tensor& ids, int64_t table) {
  const int64_t examples = g.size(0), width = g.size(2);
  auto key = ids + at::arange(examples, ids.options()).view({-1, 1}) * table;
  auto [unique, inverse] = at::_unique(key, true, true);
  part.rows = at::zeros({unique.size(0), width}, g.options()).index_add_(0, inverse.flatten(), g.reshape({-1, width}));
  part.row_ids = unique.remainder(table);
  auto example = at::floor_divide(unique, table);
  part.squares = at::zeros({examples}, g.options().dtype(at::kDouble)).index_add_(0, example, row_squares(part.rows));
  auto counts = at::bincount(example, {}, examples).cumsum(0).cpu().contiguous();
  part.first_row.assign(1, 0);
  part.first_row.insert(part.first_row.end(), counts.data_ptr<int64_t>(), counts.data_ptr<int64_t>() + examples);
}

struct Embedding : torch::autograd::Function<Embedding> {
  static Tensor forward(AutogradContext* context, Tensor dummy, Tensor ids, UsePointer use) {
    attach(context, use);
    context->save_for_backward({ids});
    return at::embedding(use->weight, ids);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto use = attached(context);
    auto ids = context->get_saved_variables()[0].reshape({use->examples, -1}).contiguous();
    auto g = as_sequences(gradients[0], use->examples).to(at::kFloat).contiguous();
    Part part;
    part.slot = use->weight_slot;
    if (g.is_cpu()) {
      sum_rows(part, g, ids);
    } else {
      sum_rows_anywhere(part, g, ids, use->weight.size(0));
    }
    use->parts.push_back(std::move(part));
    return {Tensor(), Tensor(), Tensor()};
  }
};

Tensor embedding(Book& book, const Tensor& weight, const Tensor& ids) {
  const auto slot = book.slot_of(weight);
  if (slot == kFrozen) return at::embedding(weight, ids);
  TORCH_CHECK(ids.scalar_type() == at::kLong && weight.dim() == 2, "an embedding takes a table and int64 ids");
  auto use = book.open(ids, {slot}, true);
  use->weight = weight;
  use->weight_slot = slot;
  return Embedding::apply(book.dummy, ids, use);
}

}  // namespace
}  // namespace lace

using namespace lace;

LT_TENSOR(book_embedding, (Book* book, In weight, In ids), embedding(*book, *weight, *ids))
