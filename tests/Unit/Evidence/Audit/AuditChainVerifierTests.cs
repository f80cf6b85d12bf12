using System.Text;
using System.Text.Json.Nodes;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Audit;

public sealed class AuditChainVerifierTests(ITestOutputHelper output)
{
    [Fact]
    public void A_chain_holds_and_tells_its_end()
    {
        var lines = MadeUpChain.Lines(300);
        var found = Verify(lines);
        Assert.True(found.Holds);
        Assert.Equal((300, 0), (found.Entries, found.Line));
        Assert.Equal(AuditEntry.ChainOf(MadeUpChain.Tenant), found.Chain);
        Assert.Equal("sha256:" + found.Head, (string?)JsonNode.Parse(lines[^1])!["record_hash"]);
        Assert.Equal(MadeUpChain.Start.AddSeconds(299), found.LastAt);
    }

    [Fact]
    public void No_entries_are_a_chain_of_none()
    {
        var found = Verify(MadeUpChain.Lines(0));
        Assert.Equal((0, AuditEntry.Genesis, null), (found.Entries, found.Head, found.Chain));
        Assert.True(found.Holds);
    }

    public static TheoryData<string, string, AuditFault> OtherValues =>
        new()
        {
            { "artifact_ids_consumed", "[\"other\"]", AuditFault.HashMismatch },
            { "artifact_ids_produced", "[\"other\"]", AuditFault.HashMismatch },
            { "artifact_ids_produced", "[\"b\",\"a\"]", AuditFault.Malformed },
            { "artifact_ids_produced", "[\"a\",\"a\"]", AuditFault.Malformed },
            { "artifact_ids_produced", "[\"ä\"]", AuditFault.Malformed },
            { "chain", $"\"sha256:{new string('a', 64)}\"", AuditFault.WrongChain },
            { "chain", $"\"sha256:{new string('A', 64)}\"", AuditFault.Malformed },
            { "completed_at", "null", AuditFault.Malformed },
            { "completed_at", "\"2026-02-29T13:45:01.000Z\"", AuditFault.Malformed },
            { "completed_at", "\"2026-11-20T13:45:01Z\"", AuditFault.Malformed },
            { "dp_metrics", "{}", AuditFault.HashMismatch },
            { "dp_metrics", "[]", AuditFault.Malformed },
            { "duration_ms", "1", AuditFault.Malformed },
            { "entry_id", $"\"audit-{new string('z', 26)}\"", AuditFault.HashMismatch },
            { "entry_id", "\"audit-1\"", AuditFault.Malformed },
            { "error_code", "\"other\"", AuditFault.HashMismatch },
            { "error_code", "null", AuditFault.Malformed },
            { "error_message", "null", AuditFault.HashMismatch },
            { "error_message", "\"other\"", AuditFault.HashMismatch },
            { "object_id", "\"run-other\"", AuditFault.HashMismatch },
            { "object_id", "\"\"", AuditFault.Malformed },
            { "operation", "\"run.create\"", AuditFault.HashMismatch },
            { "operation", "\"run.delete\"", AuditFault.Malformed },
            { "phase", "\"completed\"", AuditFault.Malformed },
            { "prev_hash", $"\"sha256:{new string('a', 64)}\"", AuditFault.PrevMismatch },
            { "record_hash", $"\"sha256:{new string('a', 64)}\"", AuditFault.HashMismatch },
            { "request_hash", $"\"sha256:{new string('a', 64)}\"", AuditFault.HashMismatch },
            { "request_size_bytes", "7", AuditFault.HashMismatch },
            { "request_size_bytes", "9007199254740992", AuditFault.Malformed },
            { "request_size_bytes", "1.5", AuditFault.Malformed },
            { "sequence", "6", AuditFault.Sequence },
            { "sequence", "4", AuditFault.Sequence },
            { "started_at", "\"2026-11-20T13:45:07.000Z\"", AuditFault.Malformed },
            { "success", "true", AuditFault.Malformed },
            { "v", "2", AuditFault.Malformed },
            { "other", "1", AuditFault.Malformed },
        };

    [Theory]
    [MemberData(nameof(OtherValues))]
    public void A_member_of_another_value_is_seen_where_it_is(string member, string value, AuditFault fault)
    {
        var lines = MadeUpChain.Lines(9);
        lines[5] = MadeUpChain.With(lines[5], member, JsonNode.Parse(value), rehash: false);
        var found = Verify(lines);
        Assert.Equal((fault, 6, 5), (found.Fault, found.Line, found.Entries));
    }

    /// <summary>Every member is under the hash: who changes one and states its hash anew breaks the link to the next entry.</summary>
    [Fact]
    public void A_member_changed_with_its_hash_is_seen_at_the_next_entry()
    {
        var changes = OtherValues.Where(row => row.Data.Item3 == AuditFault.HashMismatch).ToList();
        foreach (var (member, value, _) in changes.Select(row => row.Data).Where(data => data.Item1 != "record_hash"))
        {
            var lines = MadeUpChain.Lines(9);
            lines[5] = MadeUpChain.With(lines[5], member, JsonNode.Parse(value), rehash: true);
            var found = Verify(lines);
            Assert.Equal((AuditFault.PrevMismatch, 7, 6), (found.Fault, found.Line, found.Entries));
        }
    }

    [Fact]
    public void Every_changed_byte_is_seen_in_its_line()
    {
        var lines = MadeUpChain.Lines(9);
        var changed = 0;
        for (var at = 0; at < lines[4].Length; at++, changed++)
        {
            var copy = lines.ToList();
            copy[4] = [.. lines[4]];
            copy[4][at] ^= 1;
            Assert.Equal(5, Verify(copy).Line);
        }

        output.WriteLine($"{changed} bytes changed");
    }

    [Fact]
    public void Entries_left_out_repeated_or_moved_are_seen()
    {
        var lines = MadeUpChain.Lines(9);
        Assert.Equal((AuditFault.Sequence, 4), At([.. lines[..3], .. lines[4..]]));
        Assert.Equal((AuditFault.Sequence, 5), At([.. lines[..4], .. lines[3..]]));
        Assert.Equal((AuditFault.Sequence, 4), At([.. lines[..3], lines[4], lines[3], .. lines[5..]]));
        Assert.Equal((AuditFault.Sequence, 1), At(lines[1..]));
    }

    [Fact]
    public void Entries_of_another_chain_are_seen()
    {
        var lines = MadeUpChain.Lines(9);
        var other = MadeUpChain.Entry(4, default, new Random(1)) with { Chain = AuditEntry.ChainOf("tenant-other") };
        Assert.Equal((AuditFault.WrongChain, 5), At([.. lines[..4], other.ToLine(out _), .. lines[5..]]));
    }

    [Fact]
    public void A_chain_that_begins_in_the_middle_of_another_is_seen()
    {
        var first = MadeUpChain.Entry(
            0,
            new MerkleHash(
                new byte[32]
                    .Select(_ => (byte)1)
                    .ToArray()
            ),
            new Random(1)
        );
        Assert.Equal((AuditFault.PrevMismatch, 1), At([first.ToLine(out _)]));
    }

    [Fact]
    public void Time_that_goes_backwards_is_seen()
    {
        var random = new Random(1);
        var first = MadeUpChain.Entry(0, AuditEntry.Genesis, random).ToLine(out var prev);
        var at = MadeUpChain.Start.AddMilliseconds(-1);
        var second = MadeUpChain.Entry(1, prev, random) with { StartedAt = at, CompletedAt = at };
        Assert.Equal((AuditFault.TimeBackwards, 2), At([first, second.ToLine(out _)]));
        second = second with { CompletedAt = MadeUpChain.Start };
        Assert.True(Verify([first, second.ToLine(out _)]).Holds);
    }

    [Fact]
    public void Another_spelling_of_an_entry_is_seen()
    {
        var lines = MadeUpChain.Lines(3);
        var text = Encoding.UTF8.GetString(lines[2]);
        foreach (
            var other in new[] { text + "\r", text.Replace(",\"v\":1", ", \"v\":1"), text.Replace("☃", "\\u2603") }
        )
        {
            Assert.NotEqual(text, other);
            Assert.Equal((AuditFault.NotCanonical, 3), At([.. lines[..2], Encoding.UTF8.GetBytes(other)]));
        }
    }

    [Fact]
    public void A_cut_last_line_is_seen()
    {
        var file = MadeUpChain.File(MadeUpChain.Lines(3));
        Assert.Equal(AuditFault.Truncated, Verify(file[..^1]).Fault);
        Assert.Equal((AuditFault.Truncated, 3), (Verify(file[..^30]).Fault, Verify(file[..^30]).Line));
    }

    [Theory]
    [InlineData(AuditEntry.MaxLineBytes + 1, true)]
    [InlineData(AuditEntry.MaxLineBytes + 1, false)]
    [InlineData(5 << 20, true)]
    [InlineData(5 << 20, false)]
    public void A_line_too_long_is_seen_and_not_read(int length, bool ended)
    {
        var lines = MadeUpChain.Lines(3);
        byte[] file = [.. MadeUpChain.File(lines), .. new byte[length], .. ended ? "\n"u8 : ""u8, .. lines[0]];
        var found = Verify(file);
        Assert.Equal((AuditFault.LineTooLong, 4), (found.Fault, found.Line));
    }

    [Fact]
    public void A_head_is_found_in_a_longer_chain_and_missed_in_a_shorter()
    {
        var lines = MadeUpChain.Lines(10);
        var head = Verify(lines[..7]);
        var expected = new AuditChainHead(head.Entries, head.Head);
        Assert.True(Verify(lines, expected).Holds);
        Assert.True(Verify(lines[..7], expected).Holds);
        var cut = Verify(lines[..6], expected);
        Assert.Equal((AuditFault.CutShort, 7, 6), (cut.Fault, cut.Line, cut.Entries));
        var other = Verify(MadeUpChain.Lines(10, seed: 2), expected);
        Assert.Equal((AuditFault.HeadMismatch, 7), (other.Fault, other.Line));
        Assert.Equal(AuditFault.CutShort, Verify(MadeUpChain.Lines(0), expected).Fault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void A_head_of_no_entries_has_the_hash_before_the_first(int entries)
    {
        var lines = MadeUpChain.Lines(entries);
        Assert.True(Verify(lines, new AuditChainHead(0, AuditEntry.Genesis)).Holds);
        var other = Verify(lines, new AuditChainHead(0, Verify(MadeUpChain.Lines(1)).Head));
        Assert.Equal((AuditFault.HeadMismatch, 0), (other.Fault, other.Line));
    }

    /// <summary>Blocks of 1 MiB: seams fall into lines, and threads take them in any order.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Seams_between_blocks_are_no_gaps(int threads)
    {
        var lines = MadeUpChain.Lines(8000);
        Assert.Equal(8000, Verify(MadeUpChain.File(lines), threads: threads).Entries);
        foreach (var at in Enumerable.Range(0, 16).Select(i => i * 499))
        {
            var left = lines.ToList();
            left.RemoveAt(at);
            var found = Verify(MadeUpChain.File(left), threads: threads);
            Assert.Equal((AuditFault.Sequence, at + 1, at), (found.Fault, found.Line, found.Entries));
        }
    }

    [Fact]
    public void Of_two_faults_the_first_is_told()
    {
        var lines = MadeUpChain.Lines(8000);
        lines[6000][10] ^= 1;
        lines[3][10] ^= 1;
        for (var i = 0; i < 10; i++)
        {
            var found = Verify(MadeUpChain.File(lines), threads: 4);
            Assert.Equal((AuditFault.Malformed, 4, 3), (found.Fault, found.Line, found.Entries));
        }
    }

    /// <summary>The fast reading agrees with a slow one that knows nothing of it, on whole and on broken files.</summary>
    [Fact]
    public void The_fast_scan_agrees_with_its_naive_twin()
    {
        var random = new Random(7);
        var faults = new Dictionary<AuditFault, int>();
        for (var i = 0; i < 2000; i++)
        {
            var file = Mutations.Of(MadeUpChain.Lines(3, random.Next()), random);
            var (fault, line) = NaiveAuditChain.Verify(file);
            var found = Verify(file, threads: 1);
            Assert.True(
                (fault, line) == (found.Fault, found.Line),
                $"{fault} {line} but {found.Fault} {found.Line}: {Encoding.UTF8.GetString(file)}"
            );
            faults[fault] = faults.GetValueOrDefault(fault) + 1;
        }

        output.WriteLine(string.Join(", ", faults.OrderBy(entry => entry.Key).Select(e => $"{e.Key} {e.Value}")));
        Assert.True(faults.Count >= 9, "The mutations do not reach every fault.");
    }

    private static (AuditFault Fault, long Line) At(IEnumerable<byte[]> lines)
    {
        var found = Verify(lines);
        return (found.Fault, found.Line);
    }

    private static AuditVerification Verify(IEnumerable<byte[]> lines, AuditChainHead? head = null) =>
        Verify(MadeUpChain.File(lines), head);

    private static AuditVerification Verify(byte[] file, AuditChainHead? head = null, int threads = 2) =>
        AuditChainVerifier.Verify(new MemoryStream(file), head, threads, TestContext.Current.CancellationToken);
}
