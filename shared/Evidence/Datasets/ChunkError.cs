namespace Lace.Evidence.Datasets;

/// <summary>Why bytes are not a chunk.</summary>
public enum ChunkError
{
    /// <summary>They could be read.</summary>
    None,

    /// <summary>The first line is not that of a chunk.</summary>
    BadHeader,

    /// <summary>The header names another attestation.</summary>
    OtherAttestation,

    /// <summary>The header has another chunk number.</summary>
    WrongNumber,

    /// <summary>The header's count is none, or more than a chunk holds.</summary>
    CountMismatch,

    /// <summary>The bytes end before the last entry does.</summary>
    Truncated,

    /// <summary>Bytes follow the last entry.</summary>
    TrailingBytes,

    /// <summary>A number is not in its shortest form.</summary>
    NonCanonicalVarint,

    /// <summary>A number, or a feature summed over the entries, is not below 2^53.</summary>
    ValueTooLarge,
}
