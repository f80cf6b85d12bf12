namespace Lace.Evidence.Datasets.Shards;

/// <summary>A shard file that cannot be taken. The message names it, the rule and the remedy.</summary>
public sealed class ShardException : Exception
{
    public ShardException(ShardError error, string message)
        : base(message) => Error = error;

    public ShardError Error { get; }
}

/// <summary>Which rule a shard file breaks (docs/formats/shards.md).</summary>
public enum ShardError
{
    /// <summary>It is no file of that kind and version.</summary>
    OtherFormat,

    /// <summary>It ends too early, goes on too long, or holds what no shard can.</summary>
    Malformed,

    /// <summary>Its digest is not that of its bytes.</summary>
    Altered,

    /// <summary>It is of another dataset, other options or another number of shards.</summary>
    Foreign,

    /// <summary>Another file is of the same shard.</summary>
    Doubled,

    /// <summary>No file is of that shard.</summary>
    Missing,
}
