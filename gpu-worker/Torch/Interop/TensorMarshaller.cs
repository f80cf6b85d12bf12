using System.Runtime.InteropServices.Marshalling;

namespace Lace.Torch.Interop;

/// <summary>A tensor as its handle, kept alive during the call; a handle that comes back as a tensor of the innermost scope.</summary>
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedOut, typeof(Out))]
internal static class TensorMarshaller
{
    public ref struct In
    {
        private Tensor? tensor;

        public void FromManaged(Tensor? managed) => tensor = managed;

        public readonly nint ToUnmanaged() => tensor is null ? 0 : tensor.Handle;

        public readonly void Free() => GC.KeepAlive(tensor);
    }

    public static class Out
    {
        public static Tensor ConvertToManaged(nint handle) => Shim.Own(handle);
    }
}
