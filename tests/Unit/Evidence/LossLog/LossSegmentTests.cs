using System.Text;
using System.Text.Json;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.LossLog;

public sealed class LossSegmentTests
{
    private static readonly JsonElement Vectors = TestVectors.Read("segment_vectors.json");
    private static readonly byte[] Key = Vectors.GetProperty("ingest_key").GetBytesFromBase64();
    private static readonly string RunId = Vectors.GetProperty("run_id").GetString()!;
    private static readonly string Prev = new('a', 64);

    private static byte[][] Bodies =>
        [
            .. Vectors
                .GetProperty("segments")
                .EnumerateArray()
                .Select(segment => Encoding.UTF8.GetBytes(segment.GetProperty("body").GetString()!)),
        ];

    [Fact]
    public void The_vectors_are_one_authentic_chain()
    {
        Assert.Equal(
            Vectors.GetProperty("prev_of_seq_0").Hash(),
            LossSegment.Origin(RunId, Vectors.GetProperty("root").Hash())
        );
        var run = RecordedRun.Replay(
            RunId,
            Vectors.GetProperty("root").Hash(),
            Bodies.Select(body => new ReceivedSegment(Read(body), DateTimeOffset.UnixEpoch))
        );
        Assert.All(Bodies, body => Assert.True(SegmentMac.IsValid(body, Key)));
        Assert.NotNull(run);
        Assert.Equal(Vectors.GetProperty("segments")[2].GetProperty("sha256").Hash(), run.Head);
        Assert.Equal([0, 1, 2, 3], run.Points.Select(point => point.Item.Point.Step));
        Assert.Equal(
            [2.5, double.NaN, 1e-3, double.NegativeInfinity],
            run.Points.Select(point => point.Item.Point.Loss)
        );
        Assert.Equal(new MicroBatch([1, 5, 3], 0, 1).Records, run.Points[1].Item.Point.Batch![0].Records);
        Assert.Equal(2, run.Points[1].Item.Point.Steps);
        Assert.Equal(3, Assert.Single(run.Tails).Item.Next);
        Assert.Equal(4, run.Finish!.Item.Points);
    }

    [Fact]
    public void What_is_written_is_read_back_byte_for_byte()
    {
        foreach (var body in Bodies)
        {
            var segment = Read(body);
            var again = LossSegment.Write(segment.RunId, segment.Seq, segment.Prev, segment.Items, Key);
            var second = Read(again);
            Assert.True(SegmentMac.IsValid(again, Key));
            Assert.Equal(again, LossSegment.Write(second.RunId, second.Seq, second.Prev, second.Items, Key));
            Assert.Equal(segment.Items.Count, second.Items.Count);
        }
    }

    [Fact]
    public void No_changed_bit_of_a_body_passes_the_MAC()
    {
        var body = Bodies[1];
        for (var bit = 0; bit < 8 * body.Length; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SegmentMac.IsValid(body, Key), $"bit {bit}");
            _ = LossSegment.Read(body, out _); // an answer, never an exception
            _ = LossSegment.TryReadAddress(body, out _, out _);
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_MAC_under_another_key_is_refused()
    {
        var other = Key.ToArray();
        other[31] ^= 1;
        Assert.All(Bodies, body => Assert.False(SegmentMac.IsValid(body, other)));
    }

    [Fact]
    public void No_truncation_is_read()
    {
        var body = Bodies[0];
        for (var length = 0; length < body.Length; length++)
        {
            Assert.Null(LossSegment.Read(body.AsSpan(0, length), out var reason));
            Assert.NotNull(reason);
        }
    }

    [Theory]
    [InlineData("""{"v":2,"run_id":"RUN","seq":0,"prev":"PREV","items":[]""", "version")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":-1,"prev":"PREV","items":[]""", "integer in range")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":100000000,"prev":"PREV","items":[]""", "integer in range")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":0.5,"prev":"PREV","items":[]""", "integer in range")]
    [InlineData("""{"v":1,"run_id":"RUN/..","seq":0,"prev":"PREV","items":[]""", "run id")]
    [InlineData("""{"v":1,"run_id":"lace-20261120-134601-ab12cd","seq":0,"prev":"PREV","items":[]""", "run id")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":0,"prev":"ABCD","items":[]""", "hash")]
    [InlineData("""{"v":1,"seq":0,"run_id":"RUN","prev":"PREV","items":[]""", "order")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":0,"prev":"PREV","items":[],"x":1""", "order")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":0,"prev":"PREV","items":{}""", "array")]
    [InlineData("""{"v":1,"run_id":"RUN","seq":0,"prev":"PREV","items":[1]""", "not an object")]
    public void Refuses_another_envelope(string signed, string reason) => AssertRefused(signed, reason);

    [Theory]
    [InlineData("""{"type":"point","step":0,"loss":1}""", "lacks a member")]
    [InlineData("""{"step":0,"loss":1,"at":1}""", "without type")]
    [InlineData("""{"type":"points","step":0,"loss":1,"at":1}""", "unknown type")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"text":"secret"}""", "unknown member")]
    [InlineData("""{"type":"point","step":0,"step":1,"loss":1,"at":1}""", "twice")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"commit":"PREV"}""", "foreign")]
    [InlineData("""{"type":"point","step":-1,"loss":1,"at":1}""", "range")]
    [InlineData("""{"type":"point","step":9007199254740992,"loss":1,"at":1}""", "range")]
    [InlineData("""{"type":"point","step":0,"loss":1e999,"at":1}""", "finite")]
    [InlineData("""{"type":"point","step":0,"loss":"NaN","at":1}""", "nan, inf or -inf")]
    [InlineData("""{"type":"point","step":0,"loss":NaN,"at":1}""", "not JSON")]
    [InlineData("""{"type":"point","step":0,"loss":null,"at":1}""", "finite")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"steps":0}""", "steps is 0")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"lr":"nan"}""", "finite")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"batch":[{"e":0,"i":[1]}]}""", "only one of e and k")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"batch":[{"e":0,"k":0}]}""", "without i")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"batch":[{"i":[2147483648]}]}""", "range")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"batch":[{"i":[[1]]}]}""", "not JSON")]
    [InlineData("""{"type":"point","step":0,"loss":1,"at":1,"batch":[{"i":[1],"i":[2]}]}""", "repeated")]
    [InlineData("""{"type":"start","at":1,"process":"xyz","resumed":false}""", "hex")]
    [InlineData("""{"type":"start","at":1,"process":"ab","resumed":0}""", "boolean")]
    [InlineData("""{"type":"tail","epoch":0,"next":1,"chain":"00"}""", "hash")]
    [InlineData(
        """{"type":"finish","at":1,"points":0,"dropped":0},{"type":"finish","at":1,"points":0,"dropped":0}""",
        "after finish"
    )]
    public void Refuses_another_item(string item, string reason) =>
        AssertRefused($$"""{"v":1,"run_id":"RUN","seq":0,"prev":"PREV","items":[{{item}}]""", reason);

    [Fact]
    public void Refuses_invalid_UTF8_and_bytes_after_the_object()
    {
        var signed = Encoding.Latin1.GetBytes(
            $$"""{"v":1,"run_id":"{{RunId}}","seq":0,"prev":"{{Prev}}","items":[{"type":"poi"""
        );
        byte[] body = [.. signed, 0xff, .. Encoding.ASCII.GetBytes("\"}],\"mac\":\"" + Prev + "\"}")];
        Assert.Null(LossSegment.Read(body, out _));
        Assert.Null(LossSegment.Read([.. Bodies[0], (byte)'\n'], out var reason));
        Assert.Contains("mac", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_too_many_bytes_and_too_many_items()
    {
        var tooLong = new byte[LossSegment.MaxBytes + 1];
        Assert.Null(LossSegment.Read(tooLong, out var reason));
        Assert.Contains("245,760", reason, StringComparison.Ordinal);
        Assert.False(LossSegment.TryReadAddress(tooLong, out _, out _));
        AssertRefused(
            """{"v":1,"run_id":"RUN","seq":0,"prev":"PREV","items":["""
                + string.Join(',', Enumerable.Repeat("{\"type\":\"x\"}", 3))
                + "]",
            "unknown type"
        );
    }

    [Fact]
    public void Reads_the_address_of_an_authentic_body_and_of_no_garbage()
    {
        Assert.True(LossSegment.TryReadAddress(Bodies[1], out var runId, out var seq));
        Assert.Equal((RunId, 1L), (runId, seq));
        Assert.False(LossSegment.TryReadAddress("[]"u8, out _, out _));
        Assert.False(LossSegment.TryReadAddress(""u8, out _, out _));
        Assert.False(LossSegment.TryReadAddress(Encoding.ASCII.GetBytes(new string('[', 5000)), out _, out _));
    }

    private static LossSegment Read(byte[] body)
    {
        var segment = LossSegment.Read(body, out var reason);
        Assert.True(segment is not null, reason);
        return segment;
    }

    private static void AssertRefused(string signed, string expected)
    {
        signed = signed.Replace("RUN", RunId, StringComparison.Ordinal).Replace("PREV", Prev, StringComparison.Ordinal);
        var body = Encoding.UTF8.GetBytes(signed + ",\"mac\":\"" + Prev + "\"}");
        Assert.Null(LossSegment.Read(body, out var reason));
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }
}
