using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

public sealed class RunLogFileTests
{
    private static readonly byte[] File = MadeBundle.RunLogBytes();

    [Fact]
    public void The_file_gives_the_same_result_bit_for_bit()
    {
        var read = Read(File);
        var again = RunVerification.Evaluate(Input(read), TrainedRun.Created.AddHours(1));
        Assert.Equal("CONSISTENT", again.Verdict);
        Assert.Equal(Json(MadeBundle.Run.Verify()), Json(again));
    }

    [Fact]
    public void Names_its_own_digest_and_length()
    {
        var read = Read(File);
        Assert.Equal((new MerkleHash(SHA256.HashData(File)), File.Length), (read.Sha256, read.Bytes));
    }

    [Fact]
    public void Facts_that_may_be_absent_come_back()
    {
        var run = new TrainedRun { Finish = null };
        run.Facts = run.Facts with
        {
            Gaps = [(19, 19)],
            Refused = new Dictionary<string, long> { ["conflict"] = 2 },
            Offline = true,
        };
        run.Attestation = run.Attestation with
        {
            RevokedAt = TrainedRun.Created,
            RevocationReason = "wrong \"file\" é",
        };
        var read = Read(MadeBundle.RunLogBytes(run, "run-20261120-134602-bbbbbb"));
        Assert.Equal(run.Facts.Gaps, read.Run.Gaps);
        Assert.Equal(run.Facts.Refused, read.Run.Refused);
        Assert.Equal(run.Attestation.RevocationReason, read.Attestation.RevocationReason);
        Assert.Equal(
            Json(run.Verify("run-20261120-134602-bbbbbb")),
            Json(RunVerification.Evaluate(Input(read), TrainedRun.Created.AddHours(1)))
        );
    }

    [Fact]
    public void Comes_in_any_pieces()
    {
        Assert.NotNull(RunLogFile.Read(new Trickle(File), out var reason));
        Assert.Null(reason);
    }

    [Fact]
    public void Refuses_a_file_that_is_cut_off_anywhere()
    {
        var ends = File.Select((value, i) => (value, i)).Where(at => at.value == '\n').Select(at => at.i + 1).ToArray();
        foreach (var length in (int[])[0, 1, .. ends[..^1], .. ends.Select(end => end - 1), File.Length / 2])
        {
            Assert.Null(RunLogFile.Read(new MemoryStream(File[..length]), out var reason));
            Assert.NotNull(reason);
        }
    }

    [Fact]
    public void A_segment_that_is_missing_or_out_of_turn_breaks_the_chain()
    {
        var lines = Lines();
        Assert.Null(Read(Join([.. lines[..3], .. lines[4..^1], End(MadeBundle.Bodies.Count - 1)])).Recorded);
        Assert.Null(Read(Join([.. lines[..3], lines[4], lines[3], .. lines[5..]])).Recorded);
    }

    [Fact]
    public void Refuses_what_is_not_of_the_form()
    {
        var lines = Lines();
        var chunk = Array.FindIndex(lines, line => line.StartsWith("{\"chunk\"", StringComparison.Ordinal));
        var root = TrainedRun.Chunk.Root;
        (string What, string[] Lines)[] broken =
        [
            ("no header", lines[1..]),
            ("another format", [lines[0].Replace("lace-run-log/1", "lace-run-log/2"), .. lines[1..]]),
            ("an unknown member", [lines[0].Replace("\"other_runs\"", "\"x\":1,\"other_runs\""), .. lines[1..]]),
            ("a member twice", [lines[0].Replace("\"run\":", "\"run\":{},\"run\":"), .. lines[1..]]),
            ("a missing member", [lines[0].Replace("\"offline\":false,", ""), .. lines[1..]]),
            ("a null member", [lines[0].Replace("\"offline\":false,", "\"offline\":null,"), .. lines[1..]]),
            (
                "a hash in capitals",
                [lines[0].Replace(root.ToString()[..8], root.ToString()[..8].ToUpperInvariant()), .. lines[1..]]
            ),
            ("a local time", [lines[0].Replace("Z\"", "+00:00\""), .. lines[1..]]),
            ("too few chunks", [lines[0].Replace("\"chunks\":1", "\"chunks\":0"), .. lines[1..]]),
            ("too many chunks", [lines[0].Replace("\"chunks\":1", "\"chunks\":2"), .. lines[1..]]),
            ("too many other runs", [OtherRuns(101), .. lines[1..]]),
            (
                "a segment that is none",
                [.. lines[..2], lines[2].Replace("{\\\"v\\\":1", "{\\\"v\\\":2"), .. lines[3..]]
            ),
            ("a segment that is not ASCII", [.. lines[..2], lines[2].Replace("run_id", "run_\u00e9"), .. lines[3..]]),
            ("no bytes where they are needed", [.. lines[..chunk], $"{{\"chunk\":0,\"root\":\"{root}\"}}", lines[^1]]),
            (
                "root and bytes",
                [.. lines[..chunk], lines[chunk].Replace("\"bytes\"", $"\"root\":\"{root}\",\"bytes\""), lines[^1]]
            ),
            ("another chunk", [.. lines[..chunk], lines[chunk].Replace("\"chunk\":0", "\"chunk\":1"), lines[^1]]),
            ("a chunk of another attestation", [.. lines[..chunk], OtherChunk(), lines[^1]]),
            ("a wrong count", [.. lines[..^1], End(MadeBundle.Bodies.Count + 1)]),
            ("end is false", [.. lines[..^1], lines[^1].Replace("true", "false")]),
            ("something after the end", [.. lines, lines[^1]]),
            ("an empty line", [.. lines[..2], "", .. lines[2..]]),
        ];
        foreach (var (what, changed) in broken)
        {
            Assert.True(RunLogFile.Read(new MemoryStream(Join(changed)), out var reason) is null, what);
            Assert.False(string.IsNullOrEmpty(reason), what);
        }
    }

    [Fact]
    public void Refuses_a_line_without_end_before_it_fills_the_memory()
    {
        using var endless = new Endless();
        Assert.Null(RunLogFile.Read(endless, out var reason));
        Assert.Contains("longer than", reason, StringComparison.Ordinal);
        Assert.InRange(endless.Given, 1, 16_000_000);
    }

    [Fact]
    public void Random_changes_never_crash_and_never_give_the_same_digest()
    {
        var random = new Random(3);
        for (var i = 0; i < 60; i++)
        {
            var changed = File.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            if (RunLogFile.Read(new MemoryStream(changed), out _) is { } read)
            {
                Assert.NotEqual(new MerkleHash(SHA256.HashData(File)), read.Sha256);
            }
        }
    }

    // What the log shows comes from elsewhere: a bundle, or the log itself.
    private static VerificationInput Input(RunLogFile file) =>
        file.ToInput() with
        {
            TransparencyLog = MadeBundle.Run.Log,
        };

    private static RunLogFile Read(byte[] bytes) =>
        RunLogFile.Read(new MemoryStream(bytes), out var reason) ?? throw new InvalidDataException(reason);

    private static string[] Lines() => Encoding.UTF8.GetString(File).TrimEnd('\n').Split('\n');

    private static byte[] Join(string[] lines) =>
        Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static string End(int segments) => Encoding.UTF8.GetString(RunLogLines.End(segments, 1)).TrimEnd();

    private static string OtherRuns(int count) =>
        Encoding
            .UTF8.GetString(
                RunLogLines.Header(
                    MadeBundle.Run.Attestation,
                    MadeBundle.Run.Facts,
                    [.. Enumerable.Repeat("run-x", count)]
                )
            )
            .TrimEnd();

    private static string OtherChunk()
    {
        var bytes = Encoding.Latin1.GetString(TrainedRun.Chunk.Bytes.Span);
        var other = bytes.Replace(TrainedRun.AttestationId, "lace-20261120-134501-zzzzzz", StringComparison.Ordinal);
        return Encoding.UTF8.GetString(RunLogLines.Chunk(0, Encoding.Latin1.GetBytes(other))).TrimEnd();
    }

    private static string Json(VerificationResult result) =>
        System.Text.Json.JsonSerializer.Serialize(result, VerificationJson.Default.VerificationResult);

    /// <summary>Gives a byte or three at a time.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 4093)]);
    }

    /// <summary>The letter a, for ever.</summary>
    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            Given += buffer.Length;
            return buffer.Length;
        }
    }
}
