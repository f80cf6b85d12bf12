using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>
/// Arrays that the operating system is asked to back with large pages: the first touch of a page takes microseconds on a virtual machine, and access in no
/// order misses the processor's table of pages as well as its cache.
/// </summary>
internal static partial class LargePages
{
    private const int MadviseHugePage = 14;
    private const int SmallPage = 4096;

    /// <summary>An array of zeros; an ordinary one where the system knows no such advice.</summary>
    public static unsafe T[] Allocate<T>(long length)
        where T : unmanaged
    {
        var array = new T[length];
        if (OperatingSystem.IsLinux())
        {
            // Only advice: it changes no byte, and if the array is moved it was in vain.
            fixed (T* first = array)
            {
                var start = ((nuint)first + SmallPage - 1) & ~(nuint)(SmallPage - 1);
                var end = (nuint)first + ((nuint)length * (nuint)sizeof(T));
                Advise(start, end);
            }
        }

        return array;
    }

    private static void Advise(nuint start, nuint end)
    {
        try
        {
            _ = end > start ? Madvise(start, end - start, MadviseHugePage) : 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this library goes without the advice.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Madvise(nuint start, nuint length, int advice);
}
