using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>The matrix multiplication that libtorch found on this machine.</summary>
/// <param name="Name">As <c>openblas-openmp</c>, <c>mkl</c> or <c>reference</c>.</param>
/// <param name="File">The library it comes from, links followed; empty where it is part of libtorch.</param>
public sealed record Blas(string Name, string File)
{
    /// <summary>The one loaded now.</summary>
    public static Blas Loaded
    {
        get
        {
            var file = Marshal.PtrToStringUTF8(Shim.lt_blas_file())!;
            var target =
                file.Length == 0
                    ? ""
                    : System.IO.File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
            return new Blas(NameOf(target), target);
        }
    }

    /// <summary>Whether it is known to be an order of magnitude slower than the machine.</summary>
    public bool IsReference => Name == "reference";

    /// <exception cref="InvalidOperationException">It is the reference BLAS: figures measured on it say nothing.</exception>
    public void RefuseReference()
    {
        if (IsReference)
        {
            throw new InvalidOperationException(
                $"libtorch multiplies with the reference BLAS ({File}), 14 times slower than OpenBLAS: apt-get install libopenblas0-openmp."
            );
        }
    }

    private static string NameOf(string file) =>
        file.Contains("openblas", StringComparison.OrdinalIgnoreCase) ? "openblas" + Threading()
        : file.Contains("mkl", StringComparison.OrdinalIgnoreCase) || Shim.lt_has_mkl() > 0 ? "mkl"
        : file.Contains("blis", StringComparison.OrdinalIgnoreCase) ? "blis"
        : file.Contains("atlas", StringComparison.OrdinalIgnoreCase) ? "atlas"
        : file.Length == 0 ? "linked into libtorch"
        : "reference";

    private static string Threading() =>
        Shim.lt_openblas_threading() switch
        {
            0 => "-serial",
            1 => "-pthread",
            2 => "-openmp",
            _ => "",
        };
}
