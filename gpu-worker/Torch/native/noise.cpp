// The noise of privacy: normal numbers from ChaCha20 (RFC 8439), a stream for each step and parameter.
//
// Nonce = step (8 bytes, little endian) ‖ parameter (4 bytes), so no two (step, parameter) of a key share a block. Sixteen
// blocks give 128 normal numbers by Box and Muller's method on 53-bit uniforms: tails reach 8.57 deviations, and no further.
// Only additions, products, quotients and square roots of doubles, none of them fused (-ffp-contract=off): the same bits on
// every processor, and, as each chunk of 128 stands alone, with any number of threads.
#include "shim.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <cstring>

namespace lace {
namespace {

#define LT_INLINE inline __attribute__((always_inline))

constexpr int kBlocks = 16;               // that are computed together, one a lane
constexpr int kWords = 16;                // of 32 bits in a block
constexpr int64_t kChunk = 8 * kBlocks;   // normal numbers of them
constexpr int64_t kLargest = (int64_t{1} << 32) * 8;  // the counter has 32 bits

// The vectors of a register of so many bytes. A cast between Doubles and Bits keeps the bits.
template <int Bytes>
struct Register {
  static constexpr int kLanes = Bytes / sizeof(uint32_t), kWide = Bytes / sizeof(double);
  typedef uint32_t Lanes __attribute__((vector_size(Bytes)));
  typedef double Doubles __attribute__((vector_size(Bytes)));
  typedef uint64_t Bits __attribute__((vector_size(Bytes)));
  typedef uint32_t Half __attribute__((vector_size(Bytes / 2), aligned(4), may_alias));
};

struct Stream {
  uint32_t state[kWords];

  Stream(const uint8_t* key, uint64_t step, uint32_t parameter) {
    static const uint32_t constants[] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    std::memcpy(state, constants, sizeof(constants));
    std::memcpy(state + 4, key, 32);
    state[12] = 0;
    state[13] = static_cast<uint32_t>(step);
    state[14] = static_cast<uint32_t>(step >> 32);
    state[15] = parameter;
  }
  ~Stream() { explicit_bzero(state, sizeof(state)); }
};

template <int Count, class Lanes>
LT_INLINE Lanes rotated(Lanes x) {
  return (x << Count) | (x >> (32 - Count));
}

template <class Lanes>
LT_INLINE void quarter_round(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
  a += b, d = rotated<16>(d ^ a);
  c += d, b = rotated<12>(b ^ c);
  a += b, d = rotated<8>(d ^ a);
  c += d, b = rotated<7>(b ^ c);
}

// words[w * 16 + lane] is word w of block first + lane.
template <int Bytes>
LT_INLINE void blocks(const Stream& stream, uint32_t first, uint32_t* words) {
  using R = Register<Bytes>;
  using Lanes = typename R::Lanes;
  for (int pass = 0; pass < kBlocks; pass += R::kLanes) {
    Lanes x[kWords], counters;
    for (int lane = 0; lane < R::kLanes; lane++) counters[lane] = stream.state[12] + first + pass + lane;
    for (int w = 0; w < kWords; w++) x[w] = w == 12 ? counters : Lanes{} + stream.state[w];
    for (int round = 0; round < 10; round++) {
      quarter_round(x[0], x[4], x[8], x[12]);
      quarter_round(x[1], x[5], x[9], x[13]);
      quarter_round(x[2], x[6], x[10], x[14]);
      quarter_round(x[3], x[7], x[11], x[15]);
      quarter_round(x[0], x[5], x[10], x[15]);
      quarter_round(x[1], x[6], x[11], x[12]);
      quarter_round(x[2], x[7], x[8], x[13]);
      quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (int w = 0; w < kWords; w++) {
      const Lanes word = x[w] + (w == 12 ? counters : Lanes{} + stream.state[w]);
      std::memcpy(words + w * kBlocks + pass, &word, sizeof(word));
    }
  }
}

// Whole numbers below 2^53, exactly; conversions of 64-bit integers are no vector instructions before AVX-512.
template <class Doubles, class Bits>
LT_INLINE Doubles whole(Bits x) {
  const Doubles high = (Doubles)((x >> 32) | 0x4330000000000000) - 0x1p52;
  const Doubles low = (Doubles)((x & 0xffffffff) | 0x4330000000000000) - 0x1p52;
  return high * 0x1p32 + low;
}

// log x for 2^-53 <= x <= 1: fdlibm's e_log.c, without its branches.
template <class Bits, class Doubles>
LT_INLINE Doubles logarithm(Doubles x) {
  const Bits from = (Bits)x + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);  // mantissa into [√½, √2)
  const Doubles k = (Doubles)((from >> 52) | 0x4330000000000000) - (0x1p52 + 1023);
  const Doubles f = (Doubles)((from & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd) - 1;
  const Doubles s = f / (2 + f), z = s * s, w = z * z;
  const Doubles even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const Doubles odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 +
                      w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const Doubles half = 0.5 * f * f;
  return k * 6.93147180369123816490e-01 - ((half - (s * (half + (even + odd)) + k * 1.90821492927058770002e-10)) - f);
}

// fdlibm's k_sin.c and k_cos.c, for 0 <= x <= π/4 and z = x².
template <class Doubles>
LT_INLINE Doubles sine(Doubles x, Doubles z) {
  return x + x * z * (-1.66666666666666324348e-01 + z * (8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 +
             z * (2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
}
template <class Doubles>
LT_INLINE Doubles cosine(Doubles z) {
  const Doubles r = z * z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05 +
                    z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
  return 1 - (0.5 * z - r);
}

template <class Doubles>
LT_INLINE Doubles square_root(Doubles x) {
  double lanes[sizeof(Doubles) / sizeof(double)];
  std::memcpy(lanes, &x, sizeof(x));
  for (double& lane : lanes) lane = __builtin_sqrt(lane);
  std::memcpy(&x, lanes, sizeof(x));
  return x;
}

// Words 4j, 4j+1 of a block are the radius, words 4j+2, 4j+3 the angle: three bits an eighth of the circle, the rest the place
// in it. Its two normal numbers lie at [2j][lane] and [2j + 1][lane].
template <int Bytes>
LT_INLINE void normals(const uint32_t* words, double* out) {
  using R = Register<Bytes>;
  using Doubles = typename R::Doubles;
  using Bits = typename R::Bits;
  const auto wide = [](const uint32_t* from) __attribute__((always_inline)) {
    return __builtin_convertvector(*reinterpret_cast<const typename R::Half*>(from), Bits);
  };
  for (int j = 0; j < 4; j++) {
    for (int lane = 0; lane < kBlocks; lane += R::kWide) {
      const uint32_t* w = words + 4 * j * kBlocks + lane;
      const Bits radius = wide(w) | wide(w + kBlocks) << 32, angle = wide(w + 2 * kBlocks) | wide(w + 3 * kBlocks) << 32;
      const Doubles r = square_root(-2 * logarithm<Bits>((whole<Doubles>(radius >> 11) + 1) * 0x1p-53));

      const Bits eighth = angle >> 61;
      const Bits backwards = -(eighth & 1);  // odd eighths run from their far end
      const Doubles place = whole<Doubles>((angle >> 8) & 0x1fffffffffffff) * 0x1p-53, far = 1 - place;
      const Doubles x = (Doubles)(((Bits)place & ~backwards) | ((Bits)far & backwards)) * 7.85398163397448309616e-01;
      const Doubles z = x * x;
      const Bits s = (Bits)sine(x, z), c = (Bits)cosine(z);
      const Bits swapped = -(((eighth + 1) >> 1) & 1);  // eighths 1, 2, 5, 6
      const Doubles cos = (Doubles)(((c & ~swapped) | (s & swapped)) ^ ((((eighth + 2) >> 2) & 1) << 63));
      const Doubles sin = (Doubles)(((s & ~swapped) | (c & swapped)) ^ ((eighth >> 2) << 63));
      const Doubles one = r * cos, other = r * sin;
      std::memcpy(out + 2 * j * kBlocks + lane, &one, sizeof(one));
      std::memcpy(out + (2 * j + 1) * kBlocks + lane, &other, sizeof(other));
    }
  }
}

template <int Bytes>
LT_INLINE void add_chunk_body(const Stream& stream, uint32_t first, double deviation, float* to, int64_t count) {
  uint32_t words[kWords * kBlocks];
  double noise[kChunk];
  blocks<Bytes>(stream, first, words);
  normals<Bytes>(words, noise);
  if (count == kChunk) {
    for (int i = 0; i < kChunk; i++) to[i] = static_cast<float>(to[i] + deviation * noise[i]);
  } else {
    for (int i = 0; i < count; i++) to[i] = static_cast<float>(to[i] + deviation * noise[i]);
  }
}

}  // namespace

#if defined(__x86_64__)
#define LT_PARAMETERS (const Stream& stream, uint32_t first, double deviation, float* to, int64_t count)
__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))) static void add_chunk_512 LT_PARAMETERS {
  add_chunk_body<64>(stream, first, deviation, to, count);
}
__attribute__((target("avx2"))) static void add_chunk_256 LT_PARAMETERS { add_chunk_body<32>(stream, first, deviation, to, count); }
static void add_chunk_128 LT_PARAMETERS { add_chunk_body<16>(stream, first, deviation, to, count); }
static int widest() {
  __builtin_cpu_init();
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512bw");
  return wide ? 512 : __builtin_cpu_supports("avx2") ? 256 : 128;
}
static auto chunk_for(int bits) { return bits == 512 ? add_chunk_512 : bits == 256 ? add_chunk_256 : add_chunk_128; }
#else
static int widest() { return 128; }
static auto chunk_for(int) {
  return [](const Stream& stream, uint32_t first, double deviation, float* to, int64_t count) {
    add_chunk_body<16>(stream, first, deviation, to, count);
  };
}
#endif

// bits: of the vectors to compute with, 0 for the widest there are.
static void add_noise(float* to, int64_t count, double deviation, const Stream& stream, int bits) {
  TORCH_CHECK(bits >= 0 && bits <= widest(), "this processor has no vectors of ", bits, " bits");
  TORCH_CHECK(count <= kLargest, "a parameter of ", count, " elements: at most ", kLargest);
  const auto add_chunk = chunk_for(bits == 0 ? widest() : bits);
  at::parallel_for(0, (count + kChunk - 1) / kChunk, 64, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++) {
      add_chunk(stream, static_cast<uint32_t>(c * kBlocks), deviation, to + c * kChunk, std::min(kChunk, count - c * kChunk));
    }
  });
}

}  // namespace lace

using namespace lace;

LT_STATUS(noise_add, (In sum, double deviation, const uint8_t* key, uint64_t step, uint32_t parameter, int32_t bits), {
  TORCH_CHECK(std::isfinite(deviation) && deviation >= 0, "a standard deviation of ", deviation);
  TORCH_CHECK(sum->scalar_type() == at::kFloat && sum->is_contiguous(), "noise is added to contiguous float32");
  TORCH_CHECK(!sum->requires_grad(), "noise is added outside autograd");
  const Stream stream(key, step, parameter);
  if (sum->is_cpu()) {
    add_noise(sum->data_ptr<float>(), sum->numel(), deviation, stream, bits);
  } else {
    auto noise = at::zeros(sum->sizes(), at::TensorOptions().dtype(at::kFloat));
    add_noise(noise.data_ptr<float>(), noise.numel(), deviation, stream, bits);
    sum->add_(noise.to(sum->device()));
  }
})

// The bare cipher, for published vectors: whole blocks from block `first` on.
LT_STATUS(noise_blocks, (const uint8_t* key, uint64_t step, uint32_t parameter, uint32_t first, uint8_t* out, int32_t count), {
  const Stream stream(key, step, parameter);
  uint32_t words[kWords * kBlocks];
  for (int32_t b = 0; b < count; b++) {
    blocks<16>(stream, first + b, words);
    for (int w = 0; w < kWords; w++) std::memcpy(out + 64 * b + 4 * w, words + w * kBlocks, 4);
  }
})
