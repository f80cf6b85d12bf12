using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Audit;

namespace Lace.Tests.Evidence.Audit;

/// <summary>The rules of docs/formats/audit.md said again, slowly: each line a document, each member looked up.</summary>
internal static class NaiveAuditChain
{
    public static (AuditFault Fault, long Line) Verify(byte[] file)
    {
        NaiveEntry? before = null;
        var rest = file.AsSpan();
        for (var number = 1L; rest.Length > 0; number++)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            if (line.Length > 65_536)
            {
                return (AuditFault.LineTooLong, number);
            }

            if (end < 0)
            {
                return (AuditFault.Truncated, number);
            }

            var fault = Check(line.ToArray(), number, before, out var entry);
            if (fault != AuditFault.None)
            {
                return (fault, number);
            }

            before = entry;
            rest = rest[(end + 1)..];
        }

        return (AuditFault.None, 0);
    }

    private static AuditFault Check(byte[] line, long number, NaiveEntry? before, out NaiveEntry entry)
    {
        entry = null!;
        if (
            CanonicalJson.TryCanonicalize(line, out var canonical) != CanonicalJsonError.None
            || canonical[0] != '{'
            || !(entry = new NaiveEntry(JsonDocument.Parse(canonical).RootElement)).IsEntry()
        )
        {
            return AuditFault.Malformed;
        }

        var without = JsonNode.Parse(canonical)!.AsObject();
        without.Remove("record_hash");
        return !line.AsSpan().SequenceEqual(canonical) ? AuditFault.NotCanonical
            : before is not null && before.Text("chain") != entry.Text("chain") ? AuditFault.WrongChain
            : entry.Number("sequence") != number - 1 ? AuditFault.Sequence
            : entry.Text("prev_hash") != (before?.Text("record_hash") ?? "sha256:" + new string('0', 64))
                ? AuditFault.PrevMismatch
            : entry.Text("record_hash") != MadeUpChain.Hash(without) ? AuditFault.HashMismatch
            : before is not null && entry.WrittenAt < before.WrittenAt ? AuditFault.TimeBackwards
            : AuditFault.None;
    }
}
