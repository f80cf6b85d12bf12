using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>Strict reader of a segment body: members in the specified order at the top, no unknown and no repeated ones below, numbers in range.</summary>
internal ref struct SegmentReader
{
    private const long MaxInteger = (1L << 53) - 1;
    private const long LastMillisecond = 253_402_300_799_999; // of the year 9999
    private const int MaxDepth = 6;

    private static readonly SearchValues<byte> HexBytes = SearchValues.Create("0123456789abcdef"u8);
    private static readonly SearchValues<byte> IdBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private Utf8JsonReader json;

    private SegmentReader(ReadOnlySpan<byte> body)
    {
        json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    public static LossSegment Read(ReadOnlySpan<byte> body)
    {
        Require(body.Length <= LossSegment.MaxBytes, "larger than 245,760 bytes");
        Require(SegmentMac.HasSuffix(body), "does not end with the 74 bytes of the member mac");
        try
        {
            return new SegmentReader(body).ReadSegment(new MerkleHash(SHA256.HashData(body)));
        }
        catch (JsonException broken)
        {
            throw new SegmentFormatException($"not JSON at byte {broken.BytePositionInLine}", broken);
        }
    }

    public static bool TryReadAddress(ReadOnlySpan<byte> body, out string runId, out long seq)
    {
        runId = "";
        seq = -1;
        if (body.Length > LossSegment.MaxBytes)
        {
            return false;
        }

        try
        {
            var reader = new SegmentReader(body);
            (runId, seq) = reader.ReadAddress();
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or SegmentFormatException)
        {
            return false;
        }
    }

    private LossSegment ReadSegment(MerkleHash digest)
    {
        var (runId, seq) = ReadAddress();
        Member("prev"u8);
        var prev = Digest();
        Member("items"u8);
        Require(json.TokenType == JsonTokenType.StartArray, "items is not an array");
        var items = new List<LossItem>();
        while (Next() != JsonTokenType.EndArray)
        {
            Require(items.Count < LossSegment.MaxItems, "more than 8,192 items");
            Require(items.Count == 0 || items[^1] is not FinishItem, "an item after finish");
            items.Add(ReadItem());
        }

        Member("mac"u8);
        _ = Digest();
        Require(Next() == JsonTokenType.EndObject, "a member after mac");
        Require(!json.Read(), "bytes after the object");
        return new LossSegment(runId, seq, prev, items, digest);
    }

    private (string RunId, long Seq) ReadAddress()
    {
        Require(Next() == JsonTokenType.StartObject, "not an object");
        Member("v"u8);
        Require(Integer(MaxInteger) == 1, "a version other than 1");
        Member("run_id"u8);
        var id = Text();
        Require(id.Length is > 4 and <= 64 && id.StartsWith("run-"u8), "run_id is no run id");
        Require(!id.ContainsAnyExcept(IdBytes), "run_id is no run id");
        var runId = Encoding.ASCII.GetString(id);
        Member("seq"u8);
        return (runId, Integer(LossSegment.MaxSeq));
    }

    private LossItem ReadItem()
    {
        Require(json.TokenType == JsonTokenType.StartObject, "an item that is not an object");
        var fields = default(ItemFields);
        while (Next() != JsonTokenType.EndObject)
        {
            var field = NameOf(ref json);
            Require((fields.Seen & field) == Field.None, "a member twice in one item");
            fields.Seen |= field;
            Next();
            ReadField(field, ref fields);
        }

        return fields.ToItem();
    }

    private void ReadField(Field field, ref ItemFields fields)
    {
        switch (field)
        {
            case Field.Type:
                fields.Type = TypeOf(ref json);
                break;
            case Field.At:
                fields.At = Integer(LastMillisecond);
                break;
            case Field.Process:
                var process = Text();
                Require(process.Length is > 0 and <= 64, "process is not 1 to 64 hex digits");
                Require(!process.ContainsAnyExcept(HexBytes), "process is not 1 to 64 hex digits");
                fields.Process = Encoding.ASCII.GetString(process);
                break;
            case Field.Resumed:
                Require(json.TokenType is JsonTokenType.True or JsonTokenType.False, "resumed is not a boolean");
                fields.Resumed = json.GetBoolean();
                break;
            case Field.Epoch:
                fields.Epoch = (int)Integer(int.MaxValue);
                break;
            case Field.Records:
                fields.Records = Integer(MaxInteger);
                break;
            case Field.Batches:
                fields.Batches = Integer(MaxInteger);
                break;
            case Field.Commit:
                fields.Commit = Digest();
                break;
            case Field.Chain:
                fields.Chain = Digest();
                break;
            case Field.Next:
                fields.Next = Integer(MaxInteger);
                break;
            case Field.Points:
                fields.Points = Integer(MaxInteger);
                break;
            case Field.Dropped:
                fields.Dropped = Integer(MaxInteger);
                break;
            case Field.Step:
                fields.Step = Integer(MaxInteger);
                break;
            case Field.Loss:
                fields.Loss = Loss();
                break;
            case Field.LearningRate:
                fields.LearningRate = Number();
                break;
            case Field.Tokens:
                fields.Tokens = Integer(MaxInteger);
                break;
            case Field.Steps:
                fields.Steps = (int)Integer(int.MaxValue);
                Require(fields.Steps > 0, "steps is 0");
                break;
            default:
                fields.Batch = Batch();
                break;
        }
    }

    private List<MicroBatch> Batch()
    {
        Require(json.TokenType == JsonTokenType.StartArray, "batch is not an array");
        var batch = new List<MicroBatch>();
        while (Next() != JsonTokenType.EndArray)
        {
            batch.Add(Micro());
        }

        return batch;
    }

    private MicroBatch Micro()
    {
        Require(json.TokenType == JsonTokenType.StartObject, "a micro-batch that is not an object");
        int? epoch = null;
        long? position = null;
        int[]? records = null;
        while (Next() != JsonTokenType.EndObject)
        {
            if (json.ValueTextEquals("e"u8) && epoch is null)
            {
                Next();
                epoch = (int)Integer(int.MaxValue);
            }
            else if (json.ValueTextEquals("k"u8) && position is null)
            {
                Next();
                position = Integer(MaxInteger);
            }
            else
            {
                Require(
                    json.ValueTextEquals("i"u8) && records is null,
                    "an unknown or repeated member of a micro-batch"
                );
                Next();
                records = Indices();
            }
        }

        Require(records is not null, "a micro-batch without i");
        Require(epoch is null == position is null, "a micro-batch with only one of e and k");
        return new MicroBatch(records!, epoch, position);
    }

    private int[] Indices()
    {
        Require(json.TokenType == JsonTokenType.StartArray, "i is not an array");
        var indices = new List<int>();
        while (Next() != JsonTokenType.EndArray)
        {
            indices.Add((int)Integer(int.MaxValue));
        }

        return [.. indices];
    }

    private void Member(ReadOnlySpan<byte> name)
    {
        Require(
            Next() == JsonTokenType.PropertyName && json.ValueTextEquals(name),
            "the members are not v, run_id, seq, prev, items, mac in this order"
        );
        Next();
    }

    private JsonTokenType Next()
    {
        Require(json.Read(), "ends early");
        return json.TokenType;
    }

    private ReadOnlySpan<byte> Text()
    {
        Require(json.TokenType == JsonTokenType.String && !json.ValueIsEscaped, "a text is not a plain string");
        return json.ValueSpan;
    }

    private MerkleHash Digest()
    {
        Require(
            MerkleHash.TryParse(Encoding.ASCII.GetString(Text()), out var digest),
            "a hash is not 64 lower-case hex digits"
        );
        return digest;
    }

    private long Integer(long max)
    {
        var value = 0L;
        Require(
            json.TokenType == JsonTokenType.Number && json.TryGetInt64(out value) && value >= 0 && value <= max,
            "a number is not an integer in range"
        );
        return value;
    }

    private double Number()
    {
        var value = 0.0;
        Require(
            json.TokenType == JsonTokenType.Number && json.TryGetDouble(out value) && double.IsFinite(value),
            "a number is not finite"
        );
        return value;
    }

    private double Loss()
    {
        if (json.TokenType != JsonTokenType.String)
        {
            return Number();
        }

        return json.ValueTextEquals("nan"u8) ? double.NaN
            : json.ValueTextEquals("inf"u8) ? double.PositiveInfinity
            : json.ValueTextEquals("-inf"u8) ? double.NegativeInfinity
            : throw new SegmentFormatException("a loss is neither a number nor nan, inf or -inf");
    }

    private static ItemType TypeOf(ref Utf8JsonReader json)
    {
        Require(json.TokenType == JsonTokenType.String, "type is not a string");
        return json.ValueTextEquals("point"u8) ? ItemType.Point
            : json.ValueTextEquals("order"u8) ? ItemType.Order
            : json.ValueTextEquals("tail"u8) ? ItemType.Tail
            : json.ValueTextEquals("start"u8) ? ItemType.Start
            : json.ValueTextEquals("finish"u8) ? ItemType.Finish
            : throw new SegmentFormatException("an item of unknown type");
    }

    private static Field NameOf(ref Utf8JsonReader json)
    {
        foreach (var (name, field) in ItemFields.Names)
        {
            if (json.ValueTextEquals(name))
            {
                return field;
            }
        }

        throw new SegmentFormatException("an item with an unknown member");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SegmentFormatException(otherwise);
        }
    }
}

/// <summary>Stays inside the reader: <see cref="LossSegment.Read"/> turns it into an answer.</summary>
internal sealed class SegmentFormatException(string message, Exception? inner = null) : Exception(message, inner);
