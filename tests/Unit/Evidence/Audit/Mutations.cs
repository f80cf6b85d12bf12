using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;

namespace Lace.Tests.Evidence.Audit;

/// <summary>Files that are nearly chains: changed bytes, other values under a right hash, other spellings, moved lines.</summary>
internal static class Mutations
{
    private static readonly string[] Values =
    [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "-0",
        "1.0",
        "1e3",
        "1e400",
        "9007199254740991",
        "9007199254740993",
        "\"\"",
        "\"a\"",
        "\"\\u0041\"",
        "\"\\u0007\\n\\\"é😀\"",
        "[]",
        "[\"a\"]",
        "[\"a\",\"b\"]",
        "[\"b\",\"a\"]",
        "[1]",
        "{}",
        "{\"b\":1,\"a\":[{}]}",
        "\"2026-11-20T13:45:02.000Z\"",
        "\"0001-01-01T00:00:00.000Z\"",
        "\"2026-11-20T24:00:00.000Z\"",
        "\"failed\"",
        "\"sha256:00000000000000000000000000000000000000000000000000000000000000aa\"",
        "\"completed\"",
        "\"accepted\"",
    ];

    public static byte[] Of(List<byte[]> lines, Random random)
    {
        var at = random.Next(lines.Count);
        switch (random.Next(11))
        {
            case 0:
                break;
            case 1:
                lines[at][random.Next(lines[at].Length)] = (byte)random.Next(256);
                break;
            case 2:
                lines[at] = Other(lines[at], random, rehash: true);
                break;
            case 3:
                lines[at] = Other(Other(lines[at], random, rehash: false), random, rehash: true);
                break;
            case 4:
                lines[at] = Encoding.UTF8.GetBytes(JsonNode.Parse(lines[at])!.ToJsonString());
                break;
            case 5:
                lines[at] = [.. lines[at][..random.Next(lines[at].Length)], .. " "u8, .. lines[at]];
                break;
            case 6:
                lines.RemoveAt(at);
                break;
            case 7:
                lines.Add(lines[at]);
                break;
            case 8:
                return Cut(MadeUpChain.File(lines), random);
            case 9:
                lines[^1] = Earlier(lines[^1]);
                break;
            default:
                lines[at] = Inserted(lines[at], random);
                break;
        }

        return MadeUpChain.File(lines);
    }

    private static byte[] Cut(byte[] file, Random random) => file[..random.Next(file.Length)];

    /// <summary>A line feed, a quotation mark or a zero where none was.</summary>
    private static byte[] Inserted(byte[] line, Random random)
    {
        var at = random.Next(line.Length);
        return [.. line[..at], "\n\"0 \\,"u8[random.Next(6)], .. line[at..]];
    }

    /// <summary>With a right hash, but written before what comes before it.</summary>
    private static byte[] Earlier(byte[] line)
    {
        const string Time = "2026-11-19T00:00:00.000Z";
        line = MadeUpChain.With(line, "started_at", Time, rehash: false);
        line = MadeUpChain.With(line, "completed_at", Time, rehash: false);
        return MadeUpChain.With(line, "duration_ms", 0, rehash: true);
    }

    private static byte[] Other(byte[] line, Random random, bool rehash)
    {
        var names = JsonNode.Parse(line)!.AsObject().Select(member => member.Key).ToArray();
        var value = Values[random.Next(Values.Length)];
        if (CanonicalJson.TryCanonicalize(Encoding.UTF8.GetBytes(value), out _) != CanonicalJsonError.None)
        {
            value = "1";
        }

        return MadeUpChain.With(line, names[random.Next(names.Length)], JsonNode.Parse(value), rehash);
    }
}
