using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Audit;

/// <summary>Verifies a file of JSON Lines as one chain from its first entry on, as a stream, on several threads.</summary>
/// <remarks>
/// A file alone shows that nothing between its first and its last line was changed, moved, put in or left out. That nothing
/// was cut off at its end, and that the chain was not made anew as a whole, shows only against a head from elsewhere.
/// </remarks>
public static class AuditChainVerifier
{
    /// <param name="file">Read from where it is to its end; not closed.</param>
    /// <param name="head">What the chain is held against; null for the chain alone.</param>
    /// <param name="threads">How many verify; each takes 1 MiB.</param>
    public static AuditVerification Verify(
        Stream file,
        AuditChainHead? head = null,
        int? threads = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(file);
        var pass = new AuditPass(new AuditBlocks(file), head);
        using var workers = new WorkerThreads(cancellationToken);
        for (var i = 0; i < (threads ?? Environment.ProcessorCount); i++)
        {
            workers.Start("Audit chain", () => pass.Run(workers.Stopping));
        }

        workers.Join();
        return pass.Result();
    }
}

/// <summary>What the threads of one verification have in common.</summary>
internal sealed class AuditPass(AuditBlocks blocks, AuditChainHead? head)
{
    private static readonly AuditVerification Nothing = new(0, null, AuditEntry.Genesis, null, AuditFault.None, 0);

    private readonly Lock turn = new();
    private AuditVerification last = Nothing;
    private (AuditFault Fault, long Line) first = (AuditFault.None, long.MaxValue);
    private MerkleHash? atHead = head is { Entries: 0 } ? AuditEntry.Genesis : null;

    public void Run(CancellationToken stopping)
    {
        var block = new AuditBlock();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        while (!stopping.IsCancellationRequested && blocks.TryTake(block))
        {
            Verify(block, hash);
        }
    }

    public AuditVerification Result() =>
        first.Fault != AuditFault.None ? last with { Fault = first.Fault, Line = first.Line }
        : head is null ? last
        : atHead is not { } there ? last with { Fault = AuditFault.CutShort, Line = last.Entries + 1 }
        : there != head.Hash ? last with { Fault = AuditFault.HeadMismatch, Line = head.Entries }
        : last;

    private void Verify(AuditBlock block, IncrementalHash hash)
    {
        // Where the line before does not read, the block before has a fault: this one's links are of no interest any more.
        AuditLine before = default;
        if (!block.Before.IsEmpty && !AuditLine.TryRead(block.Before[..^1], out before))
        {
            return;
        }

        var number = block.FirstLine;
        var rest = block.Lines;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n');
            var fault = Check(rest[..end], number, before, hash, out var entry);
            if (fault != AuditFault.None)
            {
                Report(before, number - 1, fault, number);
                return;
            }

            if (entry.Sequence + 1 == head?.Entries)
            {
                atHead = Hash(entry.RecordHash);
            }

            before = entry;
            number++;
            rest = rest[(end + 1)..];
        }

        Report(before, number - 1, block.Tail, number);
    }

    private static AuditFault Check(
        ReadOnlySpan<byte> line,
        long number,
        AuditLine before,
        IncrementalHash hash,
        out AuditLine entry
    )
    {
        entry = default;
        return line.Length > AuditEntry.MaxLineBytes ? AuditFault.LineTooLong
            : !AuditLine.TryRead(line, out entry) ? WhyNot(line)
            : number > 1 && !entry.Chain.SequenceEqual(before.Chain) ? AuditFault.WrongChain
            : entry.Sequence != number - 1 ? AuditFault.Sequence
            : !(number == 1 ? IsGenesis(entry.PrevHash) : entry.PrevHash.SequenceEqual(before.RecordHash))
                ? AuditFault.PrevMismatch
            : !HasItsHash(entry, hash) ? AuditFault.HashMismatch
            : number > 1 && entry.WrittenAt < before.WrittenAt ? AuditFault.TimeBackwards
            : AuditFault.None;
    }

    private static AuditFault WhyNot(ReadOnlySpan<byte> line) =>
        CanonicalJson.TryCanonicalize(line, out var canonical) == CanonicalJsonError.None
        && !line.SequenceEqual(canonical)
        && AuditLine.TryRead(canonical, out _)
            ? AuditFault.NotCanonical
            : AuditFault.Malformed;

    private static bool IsGenesis(ReadOnlySpan<byte> hex) => !hex.ContainsAnyExcept((byte)'0');

    private static bool HasItsHash(AuditLine entry, IncrementalHash hash)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> hex = stackalloc byte[2 * SHA256.HashSizeInBytes];
        hash.AppendData(entry.BeforeHash);
        hash.AppendData(entry.AfterHash);
        hash.GetHashAndReset(bytes);
        Convert.TryToHexStringLower(bytes, hex, out _);
        return hex.SequenceEqual(entry.RecordHash);
    }

    private void Report(AuditLine before, long entries, AuditFault fault, long line)
    {
        lock (turn)
        {
            var isFirst = fault != AuditFault.None && line < first.Line;
            if (isFirst)
            {
                first = (fault, line);
                blocks.Stop();
            }

            // Blocks behind a fault may have been verified before it was found.
            if (isFirst || (first.Fault == AuditFault.None && entries > last.Entries))
            {
                last = Until(before, entries);
            }
        }
    }

    private static AuditVerification Until(AuditLine entry, long entries) =>
        entries == 0
            ? Nothing
            : Nothing with
            {
                Entries = entries,
                Chain = Hash(entry.Chain),
                Head = Hash(entry.RecordHash),
                LastAt = DateTimeOffset.FromUnixTimeMilliseconds(entry.WrittenAt),
            };

    private static MerkleHash Hash(ReadOnlySpan<byte> hex) =>
        MerkleHash.TryParse(Encoding.ASCII.GetString(hex), out var hash)
            ? hash
            : throw new InvalidOperationException("A hash that was read is none.");
}
