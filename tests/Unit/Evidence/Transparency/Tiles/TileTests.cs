using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Tests.Evidence.Transparency.Tiles;

public sealed class TileTests
{
    private static readonly int[] Sizes = [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513, 700];

    [Fact]
    public void Proofs_from_tiles_are_those_of_the_tree()
    {
        foreach (var size in Sizes)
        {
            var log = TileLog.Of(size, Entry);
            var leaves = Enumerable.Range(0, size).Select(i => MerkleTree.HashLeaf(Entry(i))).ToArray();
            Assert.Equal([MerkleTree.Head(leaves)], TileProof.Head(size).Compute(log.Read));
            for (var index = 0; index < size; index += size > 300 ? 17 : 1)
            {
                var proof = TileProof.Inclusion(index, size).Compute(log.Read);
                Assert.Equal(MerkleTree.InclusionProof(leaves, index), proof);
            }

            for (var from = 0; from <= size; from += size > 300 ? 13 : 1)
            {
                var proof = TileProof.Consistency(from, size).Compute(log.Read);
                Assert.True(
                    from == 0
                        ? proof.Length == 0
                        : MerkleTreeConsistency.Verify(
                            from,
                            size,
                            MerkleTree.Head(leaves.AsSpan(0, from)),
                            log.Head,
                            proof
                        )
                );
            }
        }
    }

    [Fact]
    public void A_proof_needs_few_tiles_and_reads_each_from_where_it_says()
    {
        const long size = 5_000_000_000;
        var proof = TileProof.Inclusion(123_456_789, size);
        Assert.InRange(proof.Tiles.Count, 1, 10);
        Assert.All(proof.Tiles, path => Assert.Equal(TilePath.WidthAt(size, path.Level, path.Index), path.Width));
        var asked = new HashSet<TilePath>();
        proof.Compute(path =>
        {
            asked.Add(path);
            return new byte[path.Width * MerkleHash.Size];
        });
        Assert.Equal(proof.Tiles.ToHashSet(), asked);
        Assert.Throws<InvalidDataException>(() => proof.Compute(_ => new byte[31]));
    }

    [Fact]
    public void A_fuller_tile_does_as_well()
    {
        var (earlier, later) = (TileLog.Of(300, Entry), TileLog.Of(700, Entry));
        var proof = TileProof.Inclusion(299, 300);
        Assert.Equal(
            proof.Compute(earlier.Read),
            proof.Compute(path =>
                later.Files.GetValueOrDefault(path.WithWidth(256).ToString(), later.Read(TilePath.Hashes(1, 0, 2)))
            )
        );
    }

    [Fact]
    public void A_log_that_grows_in_batches_has_the_tiles_of_each_size()
    {
        var (writer, files) = (new TileWriter(), new Dictionary<string, ReadOnlyMemory<byte>>());
        foreach (var size in Sizes)
        {
            for (var index = writer.Size; index < size; index++)
            {
                Assert.Equal(MerkleTree.HashLeaf(Entry(index)), writer.Append(Entry(index)));
            }

            foreach (var tile in writer.TakeFull().Concat(writer.Edge()))
            {
                files[tile.Path.ToString()] = tile.Content;
            }

            var whole = TileLog.Of(size, Entry);
            Assert.Equal(whole.Head, writer.Head());
            Assert.All(whole.Files, file => Assert.True(file.Value.Span.SequenceEqual(files[file.Key].Span), file.Key));

            // As after a restart, and as before a batch that may be dropped.
            var resumed = TileWriter.Resume(size, whole.Head, path => files[path.ToString()]);
            Assert.NotNull(resumed);
            var copy = writer.Copy();
            copy.Append("dropped"u8);
            Assert.NotEqual(writer.Head(), copy.Head());
            writer = resumed;
        }
    }

    [Fact]
    public void Does_not_resume_from_an_edge_that_is_not_the_heads()
    {
        const int size = 700;
        var log = TileLog.Of(size, Entry);
        Assert.NotNull(TileWriter.Resume(size, log.Head, path => log.Read(path)));
        Assert.Null(TileWriter.Resume(size, MerkleTree.HashLeaf([]), path => log.Read(path)));
        Assert.Null(TileWriter.Resume(size, log.Head, _ => null));
        foreach (var edge in TileWriter.EdgeOf(size))
        {
            Assert.Null(
                TileWriter.Resume(
                    size,
                    log.Head,
                    path => path == edge ? default(ReadOnlyMemory<byte>?) : log.Read(path)
                )
            );
            Assert.Null(TileWriter.Resume(size, log.Head, path => path == edge ? log.Read(path)[1..] : log.Read(path)));
            for (var i = 0; i < log.Read(edge).Length; i += 7)
            {
                var changed = log.Read(edge).ToArray();
                changed[i] ^= 1;
                Assert.Null(TileWriter.Resume(size, log.Head, path => path == edge ? changed : log.Read(path)));
            }
        }
    }

    [Fact]
    public void A_bundle_holds_exactly_its_entries()
    {
        byte[] bundle = [0, 1, 7, 0, 0, 0, 2, 8, 9];
        var entries = EntryBundle.Read(bundle, 3);
        Assert.NotNull(entries);
        Assert.Equal(
            [
                [7],
                [],
                [8, 9],
            ],
            entries.Select(entry => entry.ToArray())
        );
        Assert.Null(EntryBundle.Read(bundle, 2));
        Assert.Null(EntryBundle.Read(bundle, 4));
        Assert.Null(EntryBundle.Read(bundle.AsMemory(0, 8), 3));
        Assert.Null(EntryBundle.Read(new byte[] { 255, 255, 1 }, 1));
        Assert.Equal([], EntryBundle.Read(ReadOnlyMemory<byte>.Empty, 0)!);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TileWriter().Append(new byte[65_536]));
        var largest = new TileWriter();
        largest.Append(new byte[65_535]);
        Assert.Equal(65_537, largest.Edge().Single(tile => tile.Path.IsEntries).Content.Length);
    }

    [Fact]
    public void An_audit_names_what_is_missing_or_changed()
    {
        const int size = 600;
        var log = TileLog.Of(size, Entry);
        Assert.Empty(Audit(log.Files).Findings);
        foreach (var (path, content) in log.Files)
        {
            var without = new Dictionary<string, ReadOnlyMemory<byte>>(log.Files);
            without.Remove(path);
            Assert.Contains(new LogFinding(LogFault.Missing, path), Audit(without).Findings);
            foreach (
                var wrong in new[]
                {
                    content[1..],
                    content.ToArray().Append((byte)0).ToArray(),
                    ReadOnlyMemory<byte>.Empty,
                }
            )
            {
                var changed = new Dictionary<string, ReadOnlyMemory<byte>>(log.Files) { [path] = wrong };
                var expected = path.StartsWith("tile/entries", StringComparison.Ordinal)
                    ? LogFault.Malformed
                    : LogFault.WrongTile;
                Assert.Contains(new LogFinding(expected, path), Audit(changed).Findings);
            }
        }

        Assert.Equal(
            [new LogFinding(LogFault.WrongHead, "checkpoint")],
            LogAudit.Run(size, MerkleTree.HashLeaf([]), path => Get(log.Files, path)).Findings
        );

        LogAuditResult Audit(Dictionary<string, ReadOnlyMemory<byte>> files) =>
            LogAudit.Run(size, log.Head, path => Get(files, path));
    }

    [Fact]
    public void An_audit_holds_partials_of_earlier_sizes_against_the_fuller_ones()
    {
        var (earlier, later) = (TileLog.Of(300, Entry), TileLog.Of(600, Entry));
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(earlier.Files);
        foreach (var (path, content) in later.Files)
        {
            files[path] = content;
        }

        var partials = earlier
            .Files.Keys.Select(name => TilePath.TryParse(name, out var path) ? path : default)
            .ToList();
        var result = LogAudit.Run(600, later.Head, path => Get(files, path), partials);
        Assert.Empty(result.Findings);
        Assert.Equal(later.Files.Count + 3, result.Files);
        foreach (var partial in partials.Where(path => !path.IsFull).Select(path => path.ToString()))
        {
            var wrong = files[partial].ToArray();
            wrong[^1] ^= 1;
            var changed = new Dictionary<string, ReadOnlyMemory<byte>>(files) { [partial] = wrong };
            Assert.Equal(
                [new LogFinding(LogFault.WrongPartial, partial)],
                LogAudit.Run(600, later.Head, path => Get(changed, path), partials).Findings
            );
        }
    }

    [Fact]
    public void An_audit_does_not_need_partials_that_were_dropped_once_the_full_ones_were_there()
    {
        var (earlier, later) = (TileLog.Of(300, Entry), TileLog.Of(1024, Entry));
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(later.Files)
        {
            ["tile/1/000.p/1"] = earlier.Files["tile/1/000.p/1"],
        };
        Assert.Empty(LogAudit.Run(300, earlier.Head, path => Get(files, path)).Findings);
    }

    private static byte[]? Get(Dictionary<string, ReadOnlyMemory<byte>> files, string path) =>
        files.TryGetValue(path, out var content) ? content.ToArray() : null;

    private static byte[] Entry(long index) => Encoding.UTF8.GetBytes($"entry {index}");
}
