using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>Reads a statement's payload; members that it does not know are ignored, as in-toto asks.</summary>
internal static class StatementReader
{
    public static StatementError Read(ReadOnlyMemory<byte> payload, out Statement? statement)
    {
        statement = null;
        if (payload.Length > Statement.MaxPayloadBytes)
        {
            return StatementError.TooLarge;
        }

        var form = CanonicalJson.TryCanonicalize(payload.Span, out var canonical);
        if (form != CanonicalJsonError.None)
        {
            return form == CanonicalJsonError.DuplicateName ? StatementError.DuplicateMember : StatementError.NotJson;
        }

        if (!payload.Span.SequenceEqual(canonical))
        {
            return StatementError.NotCanonical;
        }

        using var document = JsonDocument.Parse(canonical);
        return Read(document.RootElement, canonical, out statement);
    }

    private static StatementError Read(JsonElement root, byte[] payload, out Statement? statement)
    {
        statement = null;
        if (root.MemberText("_type") != Statement.Type)
        {
            return StatementError.WrongType;
        }

        if (
            root.Member("subject") is not { ValueKind: JsonValueKind.Array } subjects
            || subjects.GetArrayLength() != 1
            || subjects[0].MemberText("name") is not { Length: > 0 } name
            || !MerkleHash.TryParse(subjects[0].Member("digest")?.MemberText("sha256"), out var subject)
        )
        {
            return StatementError.BadSubject;
        }

        if (
            root.MemberText("predicateType") is not { Length: > 0 } type
            || root.Member("predicate") is not { ValueKind: JsonValueKind.Object } predicate
        )
        {
            return StatementError.NoPredicate;
        }

        statement = new Statement(payload, name, subject, type, predicate.Clone());
        return StatementError.None;
    }
}
