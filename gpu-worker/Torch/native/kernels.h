// Loops over float32 in memory of the CPU, for the widest vectors that this processor has.
#pragma once

#include <cstdint>

namespace lace {

double sum_of_squares(const float* values, int64_t count);
double dot(const float* a, const float* b, int64_t count);

// y += factor · x
void add_scaled(float* y, float factor, const float* x, int64_t count);

// sum[i] += Σ_r factors[r] · rows[r · stride + i]. A row of factor 0 is not read, so that nothing in it can spread.
void add_weighted_rows(float* sum, const float* rows, int64_t count, int64_t stride, const float* factors, int64_t width);

// Both sums over the rows of one example: gamma += gradient ∘ (x - mean) · rstd, beta += gradient. beta may be null, mean too (0).
void norm_gradients(float* gamma, float* beta, const float* gradient, const float* x, const float* mean, const float* rstd,
    int64_t rows, int64_t width);

// Row-major c (rows x columns) = aᵀ b, where a is (depth x rows) and b is (depth x columns); by the BLAS that libtorch calls.
void transposed_product(float* c, const float* a, const float* b, int64_t depth, int64_t rows, int64_t columns);

}  // namespace lace
