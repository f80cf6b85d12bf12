using System.Buffers;
using System.Text.Json;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>Writes segment bodies in the order of members that the protocol shows.</summary>
internal static class SegmentWriter
{
    public static byte[] Write(
        string runId,
        long seq,
        MerkleHash prev,
        IEnumerable<LossItem> items,
        ReadOnlySpan<byte> ingestKey
    )
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("v", 1);
            json.WriteString("run_id", runId);
            json.WriteNumber("seq", seq);
            json.WriteString("prev", prev.ToString());
            json.WriteStartArray("items");
            foreach (var item in items)
            {
                json.WriteStartObject();
                WriteItem(json, item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        var signed = buffer.WrittenSpan[..^1]; // without the closing brace: the MAC goes before it
        var body = new byte[signed.Length + SegmentMac.SuffixBytes];
        signed.CopyTo(body);
        var suffix = body.AsSpan(signed.Length);
        ",\"mac\":\""u8.CopyTo(suffix);
        SegmentMac.WriteHex(signed, ingestKey, suffix[8..72]);
        "\"}"u8.CopyTo(suffix[72..]);
        return body;
    }

    private static void WriteItem(Utf8JsonWriter json, LossItem item)
    {
        switch (item)
        {
            case StartItem start:
                json.WriteString("type", "start");
                json.WriteNumber("at", start.At);
                json.WriteString("process", start.Process);
                json.WriteBoolean("resumed", start.Resumed);
                break;
            case OrderItem order:
                json.WriteString("type", "order");
                json.WriteNumber("epoch", order.Epoch);
                json.WriteNumber("records", order.Records);
                json.WriteNumber("batches", order.Batches);
                json.WriteString("commit", order.Commit.ToString());
                break;
            case TailItem tail:
                json.WriteString("type", "tail");
                json.WriteNumber("epoch", tail.Epoch);
                json.WriteNumber("next", tail.Next);
                json.WriteString("chain", tail.Chain.ToString());
                break;
            case FinishItem finish:
                json.WriteString("type", "finish");
                json.WriteNumber("at", finish.At);
                json.WriteNumber("points", finish.Points);
                json.WriteNumber("dropped", finish.Dropped);
                break;
            case PointItem { Point: var point }:
                json.WriteString("type", "point");
                WritePoint(json, point);
                break;
            default:
                throw new ArgumentException($"{item.GetType().Name} is no item of the protocol.", nameof(item));
        }
    }

    internal static void WritePoint(Utf8JsonWriter json, LossPoint point)
    {
        json.WriteNumber("step", point.Step);
        WriteLoss(json, point.Loss);
        json.WriteNumber("at", point.AtMilliseconds);
        if (point.LearningRate is { } rate)
        {
            json.WriteNumber("lr", rate);
        }

        if (point.Tokens is { } tokens)
        {
            json.WriteNumber("tokens", tokens);
        }

        if (point.Steps != 1)
        {
            json.WriteNumber("steps", point.Steps);
        }

        if (point.Batch is { } batch)
        {
            json.WriteStartArray("batch");
            foreach (var micro in batch)
            {
                WriteMicroBatch(json, micro);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteLoss(Utf8JsonWriter json, double loss)
    {
        if (double.IsFinite(loss))
        {
            json.WriteNumber("loss", loss);
        }
        else
        {
            json.WriteString(
                "loss",
                double.IsNaN(loss) ? "nan"
                    : loss > 0 ? "inf"
                    : "-inf"
            );
        }
    }

    private static void WriteMicroBatch(Utf8JsonWriter json, MicroBatch micro)
    {
        json.WriteStartObject();
        if (micro is { Epoch: { } epoch, Position: { } position })
        {
            json.WriteNumber("e", epoch);
            json.WriteNumber("k", position);
        }

        json.WriteStartArray("i");
        foreach (var index in micro.Records)
        {
            json.WriteNumberValue(index);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
