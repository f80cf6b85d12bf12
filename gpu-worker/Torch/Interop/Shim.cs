using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Lace.Torch.Interop;

/// <summary>The exports of <c>native/*.cpp</c>, and what their results mean.</summary>
internal static partial class Shim
{
    /// <summary><c>kAbi</c> of <c>native/runtime.cpp</c>: raised with every change of parameters.</summary>
    public const int Abi = 3;

    /// <summary>A handle that came back, as a tensor of the innermost scope.</summary>
    public static Tensor Own(nint handle)
    {
        if (handle == 0)
        {
            throw LastError();
        }

        if (DisposeScope.InnermostOrNull is { } scope)
        {
            return new Tensor(handle, scope);
        }

        lt_free(handle);
        throw DisposeScope.NoScope();
    }

    /// <summary>A handle that may be null, without an error.</summary>
    public static Tensor? OwnOrNull(nint handle) => handle == 0 ? null : Own(handle);

    /// <summary>Status or number: negative is a failure.</summary>
    public static int Check(int result) => result >= 0 ? result : throw LastError();

    public static long Check(long result) => result >= 0 ? result : throw LastError();

    /// <summary>The handles of some tensors, which the caller keeps alive during the call.</summary>
    public static nint[] Handles(ReadOnlySpan<Tensor> tensors)
    {
        var handles = new nint[tensors.Length];
        for (var i = 0; i < handles.Length; i++)
        {
            handles[i] = tensors[i].Handle;
        }

        return handles;
    }

    private static TorchException LastError() => new(Marshal.PtrToStringUTF8(lt_last_error())!);
}
