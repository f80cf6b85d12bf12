// Random numbers of libtorch's generators: for weights, dropout and sampling of text, never for the noise of privacy.
#include "shim.h"

#include <cstring>
#include <mutex>

using namespace lace;

namespace lace {

at::Generator generator(const at::Generator* handle) { return handle ? *handle : at::Generator(); }

}  // namespace lace

LT_STATUS(manual_seed, (int64_t seed), at::manual_seed(seed))

static const at::Generator& checked(const at::Generator* handle) {
  TORCH_CHECK(handle && handle->defined(), "a generator is missing");
  return *handle;
}

static at::Generator* box(at::Generator made) {
  auto* handle = new at::Generator(std::move(made));
  count_handle(1);
  return handle;
}

static const at::Generator& default_of(Place place) { return at::globalContext().defaultGenerator(place.device()); }

LT_STATUS(generator_new, (Place place, int64_t seed, at::Generator** made), {
  auto own = default_of(place).clone();
  own.set_current_seed(seed);
  *made = box(own);
})
LT_STATUS(generator_default, (Place place, at::Generator** made), *made = box(default_of(place)))

LT_EXPORT void lt_generator_free(at::Generator* handle) {
  if (handle) {
    count_handle(-1);
    status_of([&] { delete handle; });
  }
}

LT_STATUS(generator_set_seed, (at::Generator* handle, int64_t seed), {
  auto own = checked(handle);
  std::lock_guard<std::mutex> lock(own.mutex());
  own.set_current_seed(seed);
})

static Tensor state_of(at::Generator* handle) {
  auto own = checked(handle);
  std::lock_guard<std::mutex> lock(own.mutex());
  return own.get_state();
}

LT_STATUS(generator_state_size, (at::Generator* handle, int64_t* bytes), *bytes = state_of(handle).nbytes())
LT_STATUS(generator_state, (at::Generator* handle, void* data, int64_t bytes), {
  auto state = state_of(handle);
  TORCH_CHECK(static_cast<int64_t>(state.nbytes()) == bytes, "the state has ", state.nbytes(), " bytes, not ", bytes);
  std::memcpy(data, state.data_ptr(), bytes);
})
LT_STATUS(generator_set_state, (at::Generator* handle, const void* data, int64_t bytes), {
  auto own = checked(handle);
  auto state = at::empty({bytes}, at::TensorOptions().dtype(at::kByte));
  if (bytes > 0) std::memcpy(state.data_ptr(), data, bytes);
  std::lock_guard<std::mutex> lock(own.mutex());
  own.set_state(state);
})

LT_TENSOR(randn, (const int64_t* sizes, int32_t n, int32_t type, Place place, at::Generator* g), at::randn(ints(sizes, n), generator(g), options(type, place)))
LT_TENSOR(rand, (const int64_t* sizes, int32_t n, int32_t type, Place place, at::Generator* g), at::rand(ints(sizes, n), generator(g), options(type, place)))
LT_TENSOR(randint, (int64_t low, int64_t high, const int64_t* sizes, int32_t n, Place place, at::Generator* g),
    at::randint(low, high, ints(sizes, n), generator(g), options(static_cast<int32_t>(at::kLong), place)))
// Alone among these, libtorch 1.13 takes no undefined generator here.
LT_TENSOR(randperm, (int64_t n, Place place, at::Generator* g), at::randperm(n, g ? *g : default_of(place), options(static_cast<int32_t>(at::kLong), place)))
LT_TENSOR(multinomial, (In weights, int64_t count, int32_t replacement, at::Generator* g), at::multinomial(*weights, count, replacement != 0, generator(g)))
LT_STATUS(normal_, (In a, double mean, double deviation, at::Generator* g), a->normal_(mean, deviation, generator(g)))
LT_STATUS(uniform_, (In a, double low, double high, at::Generator* g), a->uniform_(low, high, generator(g)))
LT_STATUS(bernoulli_, (In a, double p, at::Generator* g), a->bernoulli_(p, generator(g)))
