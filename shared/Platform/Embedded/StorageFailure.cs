using Microsoft.Data.Sqlite;

namespace Lace.Platform.Embedded;

/// <summary>Turns what the file system and SQLite throw into the one exception of the ports.</summary>
internal static class StorageFailure
{
    private const int SqliteFull = 13;
    private const int LinuxNoSpace = 28;
    private const int LinuxQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool Is(Exception e) =>
        e is SqliteException or UnauthorizedAccessException or (IOException and not StorageException);

    /// <param name="attempted">For example "write items to /data/items.db".</param>
    public static StorageException From(string attempted, Exception cause) =>
        IsFull(cause)
            ? new StorageFullException($"Could not {attempted}: no space left. Free some and try again.", cause)
            : new StorageException($"Could not {attempted}: {cause.Message}", cause);

    private static bool IsFull(Exception cause) =>
        cause is SqliteException sqlite
            ? sqlite.SqliteErrorCode == SqliteFull
            : cause is IOException && cause.HResult is LinuxNoSpace or LinuxQuota or WindowsDiskFull;
}
