namespace Lace.Platform;

/// <summary>The storage below a port failed. The message says what was attempted and what to do; nothing was acknowledged.</summary>
public class StorageException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>There is no room left. What was written before is intact, and writing works again once there is room.</summary>
public sealed class StorageFullException(string message, Exception? cause = null) : StorageException(message, cause);
