using System.Buffers;

namespace Lace.Evidence.Audit;

/// <summary>The characters of an entry's ids: none of them is ever escaped in JSON.</summary>
internal static class AuditSyntax
{
    public const string HexCharacters = "0123456789abcdef";
    public const string EntryIdCharacters = "0123456789abcdefghijklmnopqrstuvwxyz";
    public const string IdCharacters = EntryIdCharacters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:#/";

    private static readonly SearchValues<char> OfIds = SearchValues.Create(IdCharacters);
    private static readonly SearchValues<char> OfEntryIds = SearchValues.Create(EntryIdCharacters);

    public static bool IsId(string id) =>
        id.Length is > 0 and <= AuditEntry.MaxIdLength && !id.AsSpan().ContainsAnyExcept(OfIds);

    public static bool IsEntryId(string id) =>
        id.Length == AuditEntry.EntryIdLength
        && id.StartsWith(AuditEntry.EntryIdPrefix, StringComparison.Ordinal)
        && !id.AsSpan(AuditEntry.EntryIdPrefix.Length).ContainsAnyExcept(OfEntryIds);
}
