using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Lace.Cryptography.Json;

namespace Lace.Evidence.Audit;

/// <summary>
/// One line read in the only spelling that it can have. As the canonical form has known members in a known order, reading is
/// comparing: no document is built and nothing is allocated.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct AuditLine
{
    private const int HexLength = 64;

    // With the line around it, 64: what CanonicalJson takes.
    private const int MetricsDepth = 63;

    private static readonly SearchValues<byte> OfIds = Bytes(AuditSyntax.IdCharacters);
    private static readonly SearchValues<byte> OfEntryIds = Bytes(AuditSyntax.EntryIdCharacters);
    private static readonly SearchValues<byte> OfHashes = Bytes(AuditSyntax.HexCharacters);

    private readonly ReadOnlySpan<byte> line;
    private int at;
    private ReadOnlySpan<byte> chain;
    private ReadOnlySpan<byte> prevHash;
    private ReadOnlySpan<byte> recordHash;
    private long sequence;
    private long? duration;
    private long? completedAt;
    private long startedAt;
    private bool hasErrorCode;
    private bool hasErrorMessage;
    private AuditPhase phase;
    private bool success;

    private AuditLine(ReadOnlySpan<byte> line) => this.line = line;

    /// <summary>The hex digits.</summary>
    public readonly ReadOnlySpan<byte> Chain => chain;

    public readonly ReadOnlySpan<byte> PrevHash => prevHash;

    public readonly ReadOnlySpan<byte> RecordHash => recordHash;

    public readonly long Sequence => sequence;

    /// <summary>Milliseconds since 1970 when the entry was written: of an operation that goes on its start, else its end.</summary>
    public readonly long WrittenAt => completedAt ?? startedAt;

    /// <summary>What comes before the member <c>record_hash</c>.</summary>
    public ReadOnlySpan<byte> BeforeHash { get; private set; }

    /// <summary>What comes after it.</summary>
    public ReadOnlySpan<byte> AfterHash { get; private set; }

    /// <summary>False where the line is not the canonical form of an entry.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out AuditLine entry)
    {
        entry = new AuditLine(line);
        return entry.Read();
    }

    private bool Read()
    {
        var read =
            Skip("{\"artifact_ids_consumed\":["u8)
            && Ids()
            && Skip("],\"artifact_ids_produced\":["u8)
            && Ids()
            && Skip("],\"chain\":"u8)
            && Hash(out chain)
            && Skip(",\"completed_at\":"u8)
            && NullOrTime(out completedAt)
            && Skip(",\"dp_metrics\":"u8)
            && NullOr(JsonTokenType.StartObject, out _)
            && Skip(",\"duration_ms\":"u8)
            && NullOrNumber(out duration)
            && Skip(",\"entry_id\":\"audit-"u8)
            && EntryId()
            && Skip(",\"error_code\":"u8)
            && NullOrId(out hasErrorCode)
            && Skip(",\"error_message\":"u8)
            && NullOr(JsonTokenType.String, out hasErrorMessage)
            && Skip(",\"object_id\":"u8)
            && Id(out _)
            && Skip(",\"operation\":"u8)
            && Id(out var operation)
            && AuditWords.IsOperation(operation)
            && Skip(",\"phase\":"u8)
            && Id(out var phaseWord)
            && AuditWords.TryParse(phaseWord, out phase)
            && Skip(",\"prev_hash\":"u8)
            && Hash(out prevHash)
            && Skip(","u8);
        if (!read)
        {
            return false;
        }

        BeforeHash = line[..at];
        if (!(Skip("\"record_hash\":"u8) && Hash(out recordHash) && Skip(","u8)))
        {
            return false;
        }

        AfterHash = line[at..];
        return Skip("\"request_hash\":"u8)
            && Hash(out _)
            && Skip(",\"request_size_bytes\":"u8)
            && Number(out _)
            && Skip(",\"sequence\":"u8)
            && Number(out sequence)
            && Skip(",\"started_at\":"u8)
            && Time(out startedAt)
            && Skip(",\"success\":"u8)
            && Boolean(out success)
            && Skip(",\"v\":1}"u8)
            && at == line.Length
            && IsConsistent();
    }

    private readonly bool IsConsistent() =>
        success == (phase != AuditPhase.Failed)
        && hasErrorCode == !success
        && !(success && hasErrorMessage)
        && (completedAt is null) == (phase == AuditPhase.Accepted)
        && duration == completedAt - startedAt;

    // Inlined, so that each comparison is one with a text of known length.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Skip(ReadOnlySpan<byte> text)
    {
        if (!line[at..].StartsWith(text))
        {
            return false;
        }

        at += text.Length;
        return true;
    }

    private bool Hash(out ReadOnlySpan<byte> hex)
    {
        hex = default;
        if (!Skip("\"sha256:"u8) || line.Length - at < HexLength)
        {
            return false;
        }

        hex = line.Slice(at, HexLength);
        at += HexLength;
        return !hex.ContainsAnyExcept(OfHashes) && Skip("\""u8);
    }

    private bool Ids()
    {
        ReadOnlySpan<byte> last = default;
        for (var count = 0; count == 0 ? at < line.Length && line[at] == '"' : Skip(","u8); count++)
        {
            if (count == AuditEntry.MaxArtifacts || !Id(out var id) || id.SequenceCompareTo(last) <= 0)
            {
                return false;
            }

            last = id;
        }

        return true;
    }

    private bool NullOrId(out bool present)
    {
        present = !Skip("null"u8);
        return !present || Id(out _);
    }

    private bool Id(out ReadOnlySpan<byte> id)
    {
        id = default;
        if (!Skip("\""u8))
        {
            return false;
        }

        var length = line[at..].IndexOfAnyExcept(OfIds);
        if (length is < 1 or > AuditEntry.MaxIdLength)
        {
            return false;
        }

        id = line.Slice(at, length);
        at += length;
        return Skip("\""u8);
    }

    private bool EntryId()
    {
        const int Length = AuditEntry.EntryIdLength - 6;
        if (line.Length - at < Length || line.Slice(at, Length).ContainsAnyExcept(OfEntryIds))
        {
            return false;
        }

        at += Length;
        return Skip("\""u8);
    }

    private bool Boolean(out bool value)
    {
        value = Skip("true"u8);
        return value || Skip("false"u8);
    }

    private bool NullOrNumber(out long? value)
    {
        value = null;
        if (Skip("null"u8))
        {
            return true;
        }

        var read = Number(out var number);
        value = number;
        return read;
    }

    private bool Number(out long value)
    {
        var start = at;
        value = 0;
        while (at < line.Length && at - start <= 16 && char.IsAsciiDigit((char)line[at]))
        {
            value = (value * 10) + line[at++] - '0';
        }

        var length = at - start;
        return length is >= 1 and <= 16 && value < 1L << 53 && (length == 1 || line[start] != '0');
    }

    private bool NullOrTime(out long? milliseconds)
    {
        milliseconds = null;
        if (Skip("null"u8))
        {
            return true;
        }

        var read = Time(out var time);
        milliseconds = time;
        return read;
    }

    private bool Time(out long milliseconds)
    {
        milliseconds = 0;
        return Skip("\""u8)
            && AuditTime.TryRead(line[at..], out milliseconds)
            && (at += AuditTime.Length) > 0
            && Skip("\""u8);
    }

    /// <summary>Free text and free objects are rare: these are held against the general canonical form.</summary>
    private bool NullOr(JsonTokenType type, out bool present)
    {
        present = !Skip("null"u8);
        if (!present)
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(line[at..], new JsonReaderOptions { MaxDepth = MetricsDepth });
            if (!reader.Read() || reader.TokenType != type || !reader.TrySkip())
            {
                return false;
            }

            var value = line.Slice(at, (int)reader.BytesConsumed);
            at += value.Length;
            return value.Length <= AuditEntry.MaxTextBytes && CanonicalJson.IsCanonical(value);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static SearchValues<byte> Bytes(string characters) =>
        SearchValues.Create(characters.Select(character => (byte)character).ToArray());
}
