// From the parts of a batch to its clipped sum: norms, factors, Σ_b c_b G_b.
#include "kernels.h"
#include "private.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <limits>

namespace lace {

namespace {

// Below this share of what was added up, a difference of float32 products is computed again without cancelling.
constexpr double kCancelled = 0.05;

// Rounding of norms must not let a contribution exceed the clipping norm.
constexpr double kMargin = 1e-6;

bool on_cpu(const Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous(); }

std::vector<double> numbers(const Tensor& squares) {
  auto host = squares.cpu().contiguous();
  return {host.data_ptr<double>(), host.data_ptr<double>() + host.numel()};
}

// G_b of a product part, (p, d).
Tensor product_of(const Part& part, int64_t b) {
  return at::mm(part.outputs.select(0, b).to(at::kFloat).t(), part.inputs.select(0, b).to(at::kFloat));
}

double square_of(const Tensor& gradient) { return gradient.to(at::kDouble).square().sum().item<double>(); }

// Rows of example b of a table's part.
std::pair<Tensor, Tensor> rows_of(const Part& part, int64_t b) {
  const int64_t first = part.first_row[b], count = part.first_row[b + 1] - first;
  return {part.rows.narrow(0, first, count), part.row_ids.narrow(0, first, count)};
}

std::vector<double> squares_of(const Part& part) {
  auto squares = numbers(part.squares);
  if (part.scale.defined()) {
    auto scale = numbers(part.scale);
    for (size_t b = 0; b < squares.size(); b++) {
      if (std::isfinite(scale[b]) && squares[b] < kCancelled * scale[b]) squares[b] = square_of(product_of(part, b));
    }
  }
  return squares;
}

// <G_e, G_h> of one example: rows of the table against the same rows of the head's gradient.
double cross_of(const Part& table, const Part& head, int64_t b, int64_t width) {
  auto [rows, ids] = rows_of(table, b);
  if (rows.size(0) == 0) return 0;
  Tensor same;
  if (head.gradients.defined()) {
    same = head.gradients[b].view({-1, width}).index_select(0, ids);
  } else {
    auto columns = head.outputs.select(0, b).index_select(1, ids).to(at::kFloat);
    same = at::mm(columns.t(), head.inputs.select(0, b).to(at::kFloat));
  }
  return rows.to(at::kDouble).mul(same).sum().item<double>();
}

double tied_square(const Part& table, const Part& head, int64_t b, int64_t width) {
  auto [rows, ids] = rows_of(table, b);
  auto gradient = head.gradients.defined() ? head.gradients[b].view({-1, width}).clone() : product_of(head, b);
  return square_of(gradient.index_add_(0, ids, rows));
}

// factors: float32 (B) on the device; weights: the same on the host. A masked example has factor 0 and is not multiplied.
void add_part(Tensor& sum, const Part& part, const Tensor& factors, const float* weights, bool any_masked) {
  const int64_t examples = factors.size(0);
  auto flat = sum.view({-1});
  if (part.gradients.defined()) {
    if (on_cpu(part.gradients)) {
      const auto* rows = part.gradients.data_ptr<float>();
      auto* out = flat.data_ptr<float>();
      const int64_t width = flat.numel();
      at::parallel_for(0, width, 1 << 14, [&](int64_t begin, int64_t end) {
        add_weighted_rows(out + begin, rows + begin, examples, width, weights, end - begin);
      });
      return;
    }
    auto rows = part.gradients;
    if (any_masked) rows = at::where((factors != 0).unsqueeze(1), rows, at::zeros({}, rows.options()));
    flat.addmv_(rows.t(), factors);
    return;
  }
  if (part.rows.defined()) {
    const int64_t width = part.rows.size(1);
    if (on_cpu(part.rows)) {
      const auto *rows = part.rows.data_ptr<float>();
      const auto* ids = part.row_ids.data_ptr<int64_t>();
      auto* out = flat.data_ptr<float>();
      for (int64_t b = 0; b < examples; b++) {
        if (weights[b] == 0) continue;
        for (auto r = part.first_row[b]; r < part.first_row[b + 1]; r++) {
          add_scaled(out + ids[r] * width, weights[b], rows + r * width, width);
        }
      }
      return;
    }
    for (int64_t b = 0; b < examples; b++) {
      auto [rows, ids] = rows_of(part, b);
      if (weights[b] != 0 && rows.size(0) > 0) sum.index_add_(0, ids, rows, weights[b]);
    }
    return;
  }
  auto outputs = part.outputs.to(at::kFloat), inputs = part.inputs.to(at::kFloat);
  auto each = factors.view({examples, 1, 1});
  if (any_masked) {
    auto zero = at::zeros({}, outputs.options());
    outputs = at::where(each != 0, outputs, zero);
    inputs = at::where(each != 0, inputs, zero);
  }
  sum.view({outputs.size(2), inputs.size(2)})
      .addmm_((outputs * each).view({-1, outputs.size(2)}).t(), inputs.reshape({-1, inputs.size(2)}));
}

double factor_of(Clipping clipping, double norm, double bound, double gamma) {
  const double upper = norm * (1 + kMargin);
  return clipping == kAutomatic ? bound / (upper + gamma) : std::min(1.0, bound / (upper + kMargin));
}

}  // namespace

void Book::finish(Clipping clipping, double norm, double gamma, float* norms, float* out_factors, int64_t* counts) {
  at::NoGradGuard no_grad;
  TORCH_CHECK(examples >= 0, "no batch was begun");
  TORCH_CHECK(clipping == kAutomatic || clipping == kFlat || clipping == kPerLayer, "clipping ", clipping);
  TORCH_CHECK(std::isfinite(norm) && norm > 0 && std::isfinite(gamma) && gamma >= 0, "a clipping norm is positive");
  counts[0] = counts[1] = 0;
  if (examples == 0) return close();

  int64_t done = 0;
  std::vector<std::vector<double>> squares(groups, std::vector<double>(examples, 0.0));
  for (const auto& use : uses) {
    done += use->done;
    for (const auto& part : use->parts) {
      auto own = squares_of(part);
      for (int64_t b = 0; b < examples; b++) squares[use->group][b] += own[b];
    }
  }
  TORCH_CHECK(done > 0, "no backward reached the layers of this batch");

  for (size_t slot = 0; slot < uses_of.size(); slot++) {
    if (uses_of[slot].size() != 2) continue;
    const Part *table = nullptr, *head = nullptr;
    for (const auto& [use, may_tie] : uses_of[slot]) {
      for (const auto& part : use->parts) {
        if (part.slot == static_cast<int64_t>(slot)) (part.rows.defined() ? table : head) = &part;
      }
    }
    if (!table || !head) continue;
    auto& group = squares[uses_of[slot][0].first->group];
    for (int64_t b = 0; b < examples; b++) {
      if (!std::isfinite(group[b])) continue;
      const double apart = group[b];
      group[b] += 2 * cross_of(*table, *head, b, parameters[slot].size(1));
      if (group[b] < kCancelled * apart) {
        double own = 0;
        for (const auto* part : {table, head}) own += squares_of(*part)[b];
        group[b] = apart - own + tied_square(*table, *head, b, parameters[slot].size(1));
      }
    }
  }

  auto weights = at::empty({groups, examples}, at::TensorOptions().dtype(at::kFloat));
  auto* weight = weights.data_ptr<float>();
  const double bound = clipping == kPerLayer ? norm / std::sqrt(static_cast<double>(groups)) : norm;
  for (int64_t b = 0; b < examples; b++) {
    double total = 0, left = 0;
    bool cut = false;
    for (const auto& group : squares) total += group[b];
    const bool finite = std::isfinite(total) && total >= -std::numeric_limits<double>::max();
    const double whole = std::sqrt(std::max(total, 0.0));
    for (int64_t g = 0; g < groups; g++) {
      const double own = std::max(squares[g][b], 0.0);
      const double factor = finite ? factor_of(clipping, clipping == kPerLayer ? std::sqrt(own) : whole, bound, gamma) : 0;
      weight[g * examples + b] = static_cast<float>(factor);
      left += factor * factor * own;
      cut |= factor < 1;
    }
    norms[b] = static_cast<float>(finite ? whole : std::numeric_limits<double>::quiet_NaN());
    if (clipping != kPerLayer || !finite || whole == 0) {
      out_factors[b] = weight[b];
    } else {
      out_factors[b] = static_cast<float>(std::sqrt(left) / whole);
    }
    counts[finite ? 0 : 1] += finite ? cut : 1;
  }

  auto on_device = weights.to(parameters[0].device());
  for (const auto& use : uses) {
    for (const auto& part : use->parts) {
      add_part(sums[part.slot], part, on_device[use->group], weight + use->group * examples, counts[1] > 0);
    }
    use->parts.clear();
  }
  close();
}

}  // namespace lace
