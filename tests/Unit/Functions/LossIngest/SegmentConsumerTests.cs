using System.Text;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Functions.LossIngest;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.LossIngest;

namespace Lace.Tests.Functions.LossIngest;

public sealed class SegmentConsumerTests : IDisposable
{
    private static readonly byte[] OtherKey = new byte[32];

    private readonly IngestWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Accepts_a_chain_with_the_time_at_which_the_queue_took_it()
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 3).Segment(new FinishItem(0, 30, 0));
        await world.SendAsync(script.Bodies);
        var sent = run.CreatedAt;
        world.LetVisibilityPass();
        await world.DrainAsync();

        var recorded = await world.RecordedAsync(run);
        Assert.Equal(Enumerable.Range(0, 30), recorded.Points.Select(point => (int)point.Item.Point.Step));
        Assert.All(recorded.Times, time => Assert.Equal(sent, time.ReceivedAt));
        var state = await world.StateAsync(run);
        Assert.Equal(("finished", 4L, 30L), (state.Status, state.NextSeq, state.Points));
        Assert.Empty(state.Gaps);
        Assert.Empty(state.Refused);
    }

    /// <summary>Nothing accepted is lost, nothing is counted twice, each gap is reported: whatever the delivery.</summary>
    [Fact]
    public async Task Any_delivery_gives_the_longest_prefix_that_came_and_names_each_gap()
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            var (run, script) = await world.NewRunAsync();
            IngestWorld.Fill(script, random.Next(1, 80));
            var came = Enumerable.Range(0, script.Bodies.Count).Where(_ => random.Next(12) > 0).ToHashSet();
            List<byte[]> sends =
            [
                .. came.Select(seq => script.Bodies[seq]),
                .. came.Where(_ => random.Next(3) == 0).Select(seq => script.Bodies[seq]),
                .. came.Where(_ => random.Next(5) == 0).Select(seq => Flip(script.Bodies[seq], random)),
            ];
            var order = sends.ToArray();
            random.Shuffle(order);
            for (var i = 0; i < order.Length; )
            {
                var some = order.Skip(i).Take(random.Next(1, 40)).ToArray();
                await world.SendAsync(some);
                i += some.Length;
                if (random.Next(2) == 0)
                {
                    await world.Consumer().HandleBatchAsync(default);
                }
            }

            await world.DrainAsync();
            await world.SendAsync(sends.Where(_ => random.Next(2) == 0)); // replay of the whole log
            await world.DrainAsync();

            var accepted = Enumerable.Range(0, script.Bodies.Count).TakeWhile(came.Contains).Count();
            var highest = came.Count == 0 ? -1 : came.Max();
            var missing = Enumerable.Range(0, highest + 1).Where(seq => !came.Contains(seq));
            var state = await world.StateAsync(run);
            Assert.Equal(accepted, state.NextSeq);
            Assert.Equal(
                missing,
                state.Gaps.SelectMany(gap => Enumerable.Range((int)gap[0], (int)(gap[1] - gap[0] + 1)))
            );
            var recorded = await world.RecordedAsync(run);
            Assert.Equal(
                Enumerable.Range(0, 10 * accepted),
                recorded.Points.Select(point => (int)point.Item.Point.Step)
            );
        }
    }

    [Fact]
    public async Task A_gap_closes_when_the_missing_segment_comes()
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 1100);
        await world.SendAsync(script.Bodies.Skip(1).Take(300));
        await world.DrainAsync();
        Assert.Equal(
            [
                [0L, 0L],
            ],
            (await world.StateAsync(run)).Gaps
        );
        Assert.Equal(0, (await world.StateAsync(run)).Points);
        await world.SendAsync(script.Bodies[0]);
        await world.DrainAsync();
        Assert.Empty((await world.StateAsync(run)).Gaps);
        Assert.Equal(3010, (await world.RecordedAsync(run)).Points.Count);
    }

    [Fact]
    public async Task Each_kind_of_bad_segment_is_recorded_and_changes_nothing()
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 2);
        var key = await KeyOf(run);
        var prev = LossSegment.Read(script.Bodies[1], out _)!.Digest;
        byte[] Signed(long seq, MerkleHash before, params LossItem[] items) =>
            LossSegment.Write(run.RunId, seq, before, items, key);
        var malformed = Signed(2, prev, new PointItem(new LossPoint(1, 1) { Steps = 0 }));

        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        await world.SendAsync(Signed(1, prev), malformed, Signed(2, Runs.Hash(run.Root)), Signed(2000, prev));
        await world.SendAsync(LossSegment.Write(run.RunId, 2, prev, [], OtherKey));
        await world.DrainAsync();

        var state = await world.StateAsync(run);
        Assert.Equal((2L, 20L), (state.NextSeq, state.Points));
        Assert.Equal(
            ["bad_mac", "bad_prev", "conflict", "malformed", "too_far"],
            state.Refused.Keys.Order(StringComparer.Ordinal)
        );
        Assert.All(state.Refused.Values, count => Assert.Equal(1, count));

        await world.SendAsync(Signed(2, prev, new FinishItem(0, 20, 0)));
        await world.DrainAsync();
        await world.SendAsync(Signed(3, LossSegment.Read(Signed(2, prev, new FinishItem(0, 20, 0)), out _)!.Digest));
        await world.DrainAsync();
        Assert.Equal(1, (await world.StateAsync(run)).Refused["finished"]);
        Assert.Equal(20, (await world.RecordedAsync(run)).Points.Count);
    }

    [Fact]
    public async Task A_segment_of_another_run_cannot_enter()
    {
        var (run, _) = await world.NewRunAsync();
        var (other, _) = await world.NewRunAsync();
        var forged = LossSegment.Write(
            other.RunId,
            0,
            LossSegment.Origin(other.RunId, Runs.Hash(other.Root)),
            IngestWorld.Points(0, 5),
            await KeyOf(run)
        );
        await world.SendAsync(forged);
        await world.DrainAsync();
        Assert.Equal(0, (await world.StateAsync(other)).NextSeq);
        Assert.Equal(1, (await world.StateAsync(other)).Refused["bad_mac"]);
        Assert.Empty((await world.StateAsync(run)).Refused);
    }

    [Fact]
    public async Task Garbage_and_unknown_runs_leave_nothing_behind()
    {
        var before = await SizeAsync("unattributable"u8.ToArray());
        var after = await SizeAsync(
            "not a segment"u8.ToArray(),
            [],
            LossSegment.Write("run-20261120-134601-zzzzzz", 0, default, IngestWorld.Points(0, 5), OtherKey),
            LossSegment.Write("run-etc-passwd", 0, default, [], OtherKey)
        );
        Assert.Equal(before, after);
        Assert.Empty(await world.Queue.DeadLettersAsync(10));
    }

    [Fact]
    public async Task A_flood_of_forged_segments_takes_no_space()
    {
        var (run, script) = await world.NewRunAsync();
        await world.SendAsync(
            Enumerable
                .Range(0, 200)
                .Select(i => LossSegment.Write(run.RunId, i, default, IngestWorld.Points(i, 1), OtherKey))
        );
        await world.DrainAsync();
        var (_, head) = await world.Runs.GetHeadAsync(IngestWorld.Tenant, run.RunId, default);
        Assert.Equal(SegmentIntake.MaxRefusedKept, (await world.StateAsync(run)).Refused["bad_mac"]);
        await world.SendAsync(LossSegment.Write(run.RunId, 0, default, IngestWorld.Points(900, 1), OtherKey));
        await world.DrainAsync();
        var (_, after) = await world.Runs.GetHeadAsync(IngestWorld.Tenant, run.RunId, default);
        Assert.Equal(head.Version, after.Version);
        Assert.Empty(await world.Blobs.ListAsync(IngestWorld.Tenant, "runs/").ToListAsync());

        await world.SendAsync(IngestWorld.Fill(script, 2).Bodies);
        await world.DrainAsync();
        Assert.Equal(2, (await world.StateAsync(run)).NextSeq);
    }

    /// <summary>Stops the process before and after each write that handling a mixed load makes; then everything comes again.</summary>
    [Fact]
    public async Task A_crash_between_any_two_writes_changes_nothing_about_the_outcome()
    {
        var died = 0;
        for (var write = 0; write < 40; write++)
        {
            foreach (var after in new[] { false, true })
            {
                var (run, bodies) = await MixedLoadAsync();
                var dying = new DyingStores(world.Items, world.Blobs, write, after);
                await world.SendAsync(bodies.Take(50));
                died += await DiesAsync(dying) ? 1 : 0;
                world.LetVisibilityPass();
                await world.SendAsync(bodies.Skip(50));
                died += await DiesAsync(dying) ? 1 : 0;
                world.LetVisibilityPass();
                await world.DrainAsync();
                await AssertOutcomeAsync(run);
            }

            if (died < 2 * (write + 1))
            {
                Assert.InRange(write, 4, 39); // every write of the load was hit
                return;
            }
        }

        Assert.Fail("The load makes more writes than were tried.");
    }

    [Fact]
    public async Task A_run_whose_store_fails_does_not_hold_up_another_and_loses_nothing()
    {
        var (full, first) = await world.NewRunAsync();
        var (fine, second) = await world.NewRunAsync();
        await world.SendAsync([.. IngestWorld.Fill(first, 3).Bodies, .. IngestWorld.Fill(second, 3).Bodies]);
        var failing = world.Consumer(new FailingItemStore(world.Items, full.RunId));
        for (var i = 0; i < 10; i++)
        {
            await failing.HandleBatchAsync(default);
            world.LetVisibilityPass();
        }

        Assert.Equal(3, (await world.StateAsync(fine)).NextSeq);
        Assert.Equal(0, (await world.StateAsync(full)).NextSeq);
        Assert.Equal(3, await world.Queue.RedriveAsync());
        await world.DrainAsync();
        Assert.Equal(3, (await world.StateAsync(full)).NextSeq);
    }

    [Fact]
    public async Task Losses_that_are_no_numbers_and_steps_out_of_order_are_recorded_as_they_are()
    {
        var (run, script) = await world.NewRunAsync();
        double[] losses = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e308, -0.5];
        long[] steps = [5, 6, 5, 4, 9];
        script.Segment(losses.Select((loss, i) => new PointItem(new LossPoint(steps[i], loss))));
        await world.SendAsync(script.Bodies);
        await world.DrainAsync();
        var points = (await world.RecordedAsync(run)).Points;
        Assert.Equal(losses, points.Select(point => point.Item.Point.Loss));
        Assert.Equal(steps, points.Select(point => point.Item.Point.Step));
    }

    [Fact]
    public async Task A_closed_run_without_its_end_has_a_gap_until_the_end_comes()
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 2).Segment(new FinishItem(0, 20, 0));
        await world.SendAsync(script.Bodies.Take(2));
        await world.DrainAsync();
        await world.Runs.CloseAsync(IngestWorld.Tenant, run, AuditedRequest.WithoutBody(default), default);
        var state = await world.StateAsync(run);
        Assert.Equal("closed", state.Status);
        Assert.Equal(
            [
                [2L, 2L],
            ],
            state.Gaps
        );
        await world.SendAsync(script.Bodies[2]);
        await world.DrainAsync();
        Assert.Equal("finished", (await world.StateAsync(run)).Status);
        Assert.Empty((await world.StateAsync(run)).Gaps);
    }

    [Fact]
    public async Task The_ingest_key_is_nowhere_on_the_disk()
    {
        var (run, script) = await world.NewRunAsync();
        await world.SendAsync(IngestWorld.Fill(script, 1).Bodies);
        await world.DrainAsync();
        var key = await KeyOf(run);
        var files = Directory.GetFiles(world.Folder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.EndsWith("items.db"));
        foreach (var file in files.Where(file => !file.EndsWith(".lock")))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            Assert.Equal(-1, bytes.ToArray().AsSpan().IndexOf(key));
            Assert.Equal(-1, bytes.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String(key))));
        }
    }

    [Fact]
    public async Task A_changed_body_in_the_store_is_noticed()
    {
        var (run, script) = await world.NewRunAsync();
        await world.SendAsync(IngestWorld.Fill(script, 2).Bodies);
        await world.DrainAsync();
        var path = await world.Blobs.ListAsync(IngestWorld.Tenant, "runs/").FirstAsync();
        var key = new BlobKey(IngestWorld.Tenant, path);
        var blob = (await world.Blobs.GetAsync(key))!;
        var changed = blob.Content.ToArray();
        changed[Array.LastIndexOf(changed, (byte)'}') - 100] ^= 1;
        await world.Blobs.ReplaceAsync(key, changed, blob.ETag);
        var segments = world.Runs.SegmentsAsync(IngestWorld.Tenant, run.RunId, 2, default);
        try
        {
            var recorded = RecordedRun.Replay(run.RunId, Runs.Hash(run.Root), await segments.ToListAsync());
            Assert.NotEqual(
                (await world.Runs.GetHeadAsync(IngestWorld.Tenant, run.RunId, default)).Head.Digest,
                recorded?.Head.ToString()
            );
        }
        catch (InvalidDataException damaged)
        {
            Assert.Contains("damaged", damaged.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A full log with an early part, repeats, a conflict, a forged body, one with a wrong prev, and its end.</summary>
    private async Task<(StoredRun Run, byte[][] Bodies)> MixedLoadAsync()
    {
        var (run, script) = await world.NewRunAsync();
        IngestWorld.Fill(script, 60).Segment(new FinishItem(0, 600, 0));
        var key = await KeyOf(run);
        var wrongPrev = LossSegment.Write(run.RunId, 61, Runs.Hash(run.Root), [], key);
        var conflict = LossSegment.Write(run.RunId, 3, Runs.Hash(run.Root), [], key);
        var forged = LossSegment.Write(run.RunId, 4, Runs.Hash(run.Root), [], OtherKey);
        byte[][] early = [.. script.Bodies.Skip(20).Take(10), .. script.Bodies.Take(10), conflict, forged, wrongPrev];
        return (run, [.. early, .. script.Bodies.Skip(30), .. script.Bodies.Take(20)]);
    }

    private async Task<bool> DiesAsync(DyingStores stores)
    {
        try
        {
            await world.Consumer(stores, stores).HandleBatchAsync(default);
            return false;
        }
        catch (ProcessDied)
        {
            return true;
        }
    }

    private async Task AssertOutcomeAsync(StoredRun run)
    {
        var state = await world.StateAsync(run);
        Assert.Equal(("finished", 61L, 600L), (state.Status, state.NextSeq, state.Points));
        Assert.Equal(
            [("bad_mac", 1L), ("conflict", 1L), ("finished", 1L)],
            state.Refused.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))
        );
        Assert.Equal(
            Enumerable.Range(0, 600),
            (await world.RecordedAsync(run)).Points.Select(p => (int)p.Item.Point.Step)
        );
    }

    /// <summary>Files in the folder, and bytes of items, after these bodies were handled.</summary>
    private async Task<(int Files, long ItemBytes)> SizeAsync(params byte[][] bodies)
    {
        await world.SendAsync(bodies);
        await world.DrainAsync();
        var files = Directory.GetFiles(world.Folder, "*", SearchOption.AllDirectories);
        return (files.Length, files.Where(file => file.Contains("items.db")).Sum(file => new FileInfo(file).Length));
    }

    private async Task<byte[]> KeyOf(StoredRun run) =>
        (
            await world.Keys.UnwrapDataKeyAsync(IngestWorld.Tenant, RunPlaces.KeyContext(run.RunId), run.IngestKey)
        )!.Plaintext.ToArray();

    private static byte[] Flip(byte[] body, Random random)
    {
        var flipped = body.ToArray();
        flipped[random.Next(80, body.Length)] ^= 4;
        return flipped;
    }
}
