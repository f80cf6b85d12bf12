namespace Lace.Torch;

/// <summary>libtorch refused an operation; the message is libtorch's own.</summary>
public sealed class TorchException(string message) : Exception(message);
