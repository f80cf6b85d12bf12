using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>A weight under its name in Hugging Face's files.</summary>
/// <param name="Tensor">The model's own; its shape is that of the file, but for <paramref name="Transposed"/>.</param>
/// <param name="Transposed">A matrix that GPT-2's files hold as [in, out]. Here it is [out, in], as every other.</param>
public sealed record NamedParameter(string Name, Tensor Tensor, bool Transposed = false);
