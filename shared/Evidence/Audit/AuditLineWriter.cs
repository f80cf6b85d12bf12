using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Audit;

/// <summary>Writes an entry's line: the members in the order that JCS (RFC 8785) gives them, nothing between them.</summary>
internal sealed class AuditLineWriter
{
    private const long MaxInteger = (1L << 53) - 1;

    private readonly ArrayBufferWriter<byte> output = new(1024);

    public static byte[] Write(AuditEntry entry, out MerkleHash recordHash)
    {
        // The member record_hash is put in once everything around it is hashed.
        var writer = new AuditLineWriter();
        writer.BeforeHash(entry);
        var place = writer.output.WrittenCount;
        writer.AfterHash(entry);
        var hashed = writer.output.WrittenSpan;
        recordHash = new MerkleHash(SHA256.HashData(hashed));

        byte[] member =
        [
            .. "\"record_hash\":\"sha256:"u8,
            .. Encoding.ASCII.GetBytes(recordHash.ToString()),
            .. "\","u8,
        ];
        byte[] line = [.. hashed[..place], .. member, .. hashed[place..]];
        return line.Length <= AuditEntry.MaxLineBytes
            ? line
            : throw new ArgumentException($"The entry has {line.Length} bytes.", nameof(entry));
    }

    private void BeforeHash(AuditEntry entry)
    {
        var failed = entry.Phase == AuditPhase.Failed;
        Check((entry.ErrorCode is not null) == failed, "An error code says why an operation failed, and only then.");
        Check(failed || entry.ErrorMessage is null, "An operation that did not fail has no error message.");
        Check((entry.CompletedAt is null) == (entry.Phase == AuditPhase.Accepted), "It goes on, or it has an end.");

        Raw("{\"artifact_ids_consumed\":"u8);
        Ids(entry.ArtifactIdsConsumed);
        Raw(",\"artifact_ids_produced\":"u8);
        Ids(entry.ArtifactIdsProduced);
        Raw(",\"chain\":"u8);
        Hash(entry.Chain);
        Raw(",\"completed_at\":"u8);
        Time(entry.CompletedAt);
        Raw(",\"dp_metrics\":"u8);
        Metrics(entry.DpMetrics);
        Raw(",\"duration_ms\":"u8);
        Number(entry.CompletedAt is { } end ? Milliseconds(end) - Milliseconds(entry.StartedAt) : null);
        Raw(",\"entry_id\":"u8);
        Check(AuditSyntax.IsEntryId(entry.EntryId), "The entry id is not of its form.");
        Id(entry.EntryId);
        Raw(",\"error_code\":"u8);
        Id(entry.ErrorCode);
        Raw(",\"error_message\":"u8);
        Text(entry.ErrorMessage);
        Raw(",\"object_id\":"u8);
        Check(entry.ObjectId is not null, "An entry is about something.");
        Id(entry.ObjectId);
        Raw(",\"operation\":\""u8);
        Raw(AuditWords.Of(entry.Operation));
        Raw("\",\"phase\":\""u8);
        Raw(AuditWords.Of(entry.Phase));
        Raw("\",\"prev_hash\":"u8);
        Hash(entry.PrevHash);
        Raw(","u8);
    }

    private void AfterHash(AuditEntry entry)
    {
        Raw("\"request_hash\":"u8);
        Hash(entry.RequestHash);
        Raw(",\"request_size_bytes\":"u8);
        Number(entry.RequestSizeBytes);
        Raw(",\"sequence\":"u8);
        Number(entry.Sequence);
        Raw(",\"started_at\":"u8);
        Time(entry.StartedAt);
        Raw(entry.Phase == AuditPhase.Failed ? ",\"success\":false,\"v\":1}"u8 : ",\"success\":true,\"v\":1}"u8);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    private void Hash(MerkleHash hash)
    {
        Raw("\"sha256:"u8);
        Ascii(hash.ToString());
        Raw("\""u8);
    }

    private void Time(DateTimeOffset? time)
    {
        if (time is not { } at)
        {
            Raw("null"u8);
            return;
        }

        Raw("\""u8);
        Ascii(at.UtcDateTime.ToString(AuditTime.Format, CultureInfo.InvariantCulture));
        Raw("\""u8);
    }

    private void Number(long? value)
    {
        if (value is not { } number)
        {
            Raw("null"u8);
            return;
        }

        Check(number is >= 0 and <= MaxInteger, "A number of an entry is from 0 to 2^53 - 1.");
        Utf8Formatter.TryFormat(number, output.GetSpan(20), out var written);
        output.Advance(written);
    }

    private void Id(string? id)
    {
        if (id is null)
        {
            Raw("null"u8);
            return;
        }

        Check(AuditSyntax.IsId(id), "An id of an entry has characters that it cannot have, none or too many.");
        Raw("\""u8);
        Ascii(id);
        Raw("\""u8);
    }

    private void Ids(IReadOnlyCollection<string> ids)
    {
        var sorted = ids.Order(StringComparer.Ordinal).ToArray();
        Check(sorted.Length <= AuditEntry.MaxArtifacts, $"An entry names at most {AuditEntry.MaxArtifacts} artifacts.");
        Raw("["u8);
        for (var i = 0; i < sorted.Length; i++)
        {
            Check(i == 0 || sorted[i] != sorted[i - 1], "An entry names each artifact once.");
            Raw(i == 0 ? ""u8 : ","u8);
            Id(sorted[i]);
        }

        Raw("]"u8);
    }

    private void Text(string? text)
    {
        var json = text is null
            ? "null"u8
            : CanonicalJson.Canonicalize([.. "\""u8, .. JsonEncodedText.Encode(text).EncodedUtf8Bytes, .. "\""u8]);
        Check(json.Length <= AuditEntry.MaxTextBytes, "The error message is too long.");
        Raw(json);
    }

    private void Metrics(ReadOnlyMemory<byte> metrics)
    {
        var json = metrics.IsEmpty ? "null"u8 : CanonicalJson.Canonicalize(metrics.Span);
        Check(
            json.Length <= AuditEntry.MaxTextBytes && (metrics.IsEmpty || json[0] == '{'),
            "dp_metrics is no object."
        );
        Raw(json);
    }

    private void Ascii(string text) => Encoding.ASCII.GetBytes(text, output);

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static void Check(bool holds, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException(rule);
        }
    }
}
