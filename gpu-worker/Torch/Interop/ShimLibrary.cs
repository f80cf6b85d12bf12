using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary>Finds the compiled shim: beside the program, or in <c>out/native</c> of the repository that the program lies in.</summary>
internal static class ShimLibrary
{
    public const string Name = "lace_torch";

    private const string FileName = "liblace_torch.so";
    private const string Remedy =
        "run ./run setup, or gpu-worker/Torch/native/build (LIBTORCH=FOLDER for another libtorch)";

#pragma warning disable CA2255 // A resolver has to be there before the first call, and a static constructor would cost each call a check.
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(ShimLibrary).Assembly, Resolve);
#pragma warning restore CA2255

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == Name ? Load(AppContext.BaseDirectory) : 0;

    /// <exception cref="DllNotFoundException">It is not there, its libtorch is not, or it was compiled for another version of this code.</exception>
    internal static nint Load(string programFolder)
    {
        var places = Places(programFolder).ToList();
        var file =
            places.Find(File.Exists)
            ?? throw new DllNotFoundException(
                $"The libtorch shim is not compiled ({string.Join(" and ", places)} are not there): {Remedy}."
            );
        nint library;
        try
        {
            library = NativeLibrary.Load(file);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"{file} does not load, perhaps because libtorch is gone: {Remedy}. {e.Message}",
                e
            );
        }

        CheckAbi(library, file);
        return library;
    }

    private static unsafe void CheckAbi(nint library, string file)
    {
        var abi = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, nameof(Shim.lt_abi));
        if (abi() != Shim.Abi)
        {
            throw new DllNotFoundException($"{file} was compiled for another version of this program: {Remedy}.");
        }
    }

    private static IEnumerable<string> Places(string programFolder)
    {
        yield return Path.Combine(programFolder, FileName);
        for (var folder = new DirectoryInfo(programFolder); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lace.Cloud.sln")))
            {
                yield return Path.Combine(folder.FullName, "out", "native", FileName);
                yield break;
            }
        }
    }
}
