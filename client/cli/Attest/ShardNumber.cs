using System.Globalization;
using System.Runtime.InteropServices;
using Lace.Evidence.Datasets.Shards;

namespace Lace.Cli.Attest;

/// <summary>Which share of a dataset one machine reads.</summary>
/// <param name="Shard">1 to <paramref name="Shards"/>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ShardNumber(int Shard, int Shards)
{
    /// <summary>Reads <c>3/16</c>.</summary>
    public static ShardNumber Parse(string text) =>
        text.Split('/') is [var shard, var shards]
        && int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && int.TryParse(shards, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && number >= 1
        && number <= count
        && count <= ShardHeader.MaxShards
            ? new ShardNumber(number, count)
            : throw new CliException(
                $"--shard: '{text}' is no share. It is i/n, i from 1 to n, n at most {ShardHeader.MaxShards}.",
                ExitCode.Usage
            );

    /// <summary>Whether a file belongs to it: the one in whose equal part of all bytes the file begins.</summary>
    public bool Has(IReadOnlyList<long> sizes, int file) => ShardShares.Of(sizes, file, Shards) == Shard;

    public override string ToString() => $"{Shard}/{Shards}";
}
