using System.Text.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Notary;
using Lace.Records.Storage;
using Lace.Tests.Functions.Verify;

namespace Lace.Tests.Functions.Notary;

/// <summary>Every flow of the real application leaves its statement, signed twice and in the log.</summary>
public sealed class StatementFlowTests : IAsyncLifetime
{
    private static readonly string[] Kinds =
    [
        StatementKinds.RunStart,
        StatementKinds.RunEnd,
        StatementKinds.Verification,
        StatementKinds.Report,
    ];

    private RunHost host = null!;

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task A_run_leaves_five_statements_with_two_valid_signatures_each_and_indices_in_order()
    {
        var (attestation, run) = await TrainAsync();
        await VerifiedAsync(run);
        await host.PostAsync("/v1/reports", $$"""{"id":"{{run}}","format":"json"}""");

        var indices = new List<long>();
        await AssertSignedAsync(
            attestation,
            StatementKinds.Dataset,
            PredicateTypes.Dataset,
            d => d.CompletedAt,
            indices
        );
        await AssertSignedAsync(run, StatementKinds.RunStart, PredicateTypes.RunStart, s => s.CreatedAt, indices);
        await AssertSignedAsync(run, StatementKinds.RunEnd, PredicateTypes.RunEnd, e => e.ClosedAt!.Value, indices);
        await AssertSignedAsync(
            run,
            StatementKinds.Verification,
            PredicateTypes.Verification,
            v => v.TimeVerified,
            indices
        );
        await AssertSignedAsync(run, StatementKinds.Report, PredicateTypes.Report, r => r.CreatedAt, indices);
        for (var i = 2; i < indices.Count; i += 2)
        {
            Assert.True(indices.Take(i).Max() < indices.Skip(i).Take(2).Min(), string.Join(' ', indices));
        }
    }

    [Fact]
    public async Task The_statements_say_what_the_routes_say()
    {
        var (attestation, run) = await TrainAsync();
        var result = await VerifiedAsync(run);
        var said = (await ReadAsync(attestation, StatementKinds.Dataset, PredicateTypes.Dataset)).Predicate;
        var document = await host.GetAsync($"/v1/attestations/{attestation}");
        Assert.Equal(document.GetProperty("dataset").GetProperty("root").GetString(), said.Dataset.Root.ToString());

        var (start, startStatement) = await ReadAsync(run, StatementKinds.RunStart, PredicateTypes.RunStart);
        Assert.Equal((run, attestation), (start.RunId, start.AttestationId));
        Assert.Equal(Lace.Evidence.LossLog.LossSegment.Origin(run, said.Dataset.Root), startStatement.Subject);

        var (end, endStatement) = await ReadAsync(run, StatementKinds.RunEnd, PredicateTypes.RunEnd);
        var state = await host.GetAsync($"/v1/runs/{run}");
        Assert.True(end.Finished);
        Assert.Equal(state.GetProperty("next_seq").GetInt64(), end.Segments);
        Assert.Equal(state.GetProperty("points").GetInt64(), end.Points);
        Assert.Equal(end.Head, endStatement.Subject);
        Assert.Equal((0, end.Segments - 1), (end.Heads[0].Seq, end.Heads[^1].Seq));
        Assert.Equal(end.Head, end.Heads[^1].Head);
        Assert.InRange(end.Heads.Count, 2, 16);
        Assert.Equal(end.Heads.Count, end.Heads.Select(head => head.Seq).Distinct().Count());

        var (verification, verified) = await ReadAsync(run, StatementKinds.Verification, PredicateTypes.Verification);
        Assert.Equal(end.Head, verified.Subject);
        Assert.Equal((result.Verdict, result.Level), (verification.Result.Verdict, verification.Result.Level));
        Assert.Equal(3, verification.Result.Level);
    }

    [Fact]
    public async Task Nothing_is_stated_twice_by_requests_that_are_repeated_or_come_together()
    {
        var (attestation, run) = await TrainAsync();
        await VerifiedAsync(run);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.VerifyAsync(run)));
        await host.PostAsync($"/v1/runs/{run}/finish", "");
        await host.VerifyAsync(attestation);
        Assert.Single(await ListAsync(attestation, StatementKinds.Dataset));
        Assert.Single(await ListAsync(run, StatementKinds.RunStart));
        Assert.Single(await ListAsync(run, StatementKinds.RunEnd));
        Assert.Single(await ListAsync(run, StatementKinds.Verification));
    }

    [Fact]
    public async Task Another_finding_is_another_statement_and_the_first_one_stays()
    {
        var (attestation, run) = await TrainAsync();
        await VerifiedAsync(run);
        await host.PostAsync($"/v1/attestations/{attestation}/revoke", """{"reason":"wrong data"}""");
        await host.VerifyAsync(run);
        await host.VerifyAsync(run);
        var stated = await ListAsync(run, StatementKinds.Verification);
        Assert.Equal(2, stated.Count);
        Assert.Equal([0, 3], stated.Select(Level));
    }

    [Fact]
    public async Task A_closed_run_whose_log_does_not_end_is_stated_after_ten_minutes_of_silence()
    {
        var recorded = Recorded();
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records));
        var id = RunHost.Id(run);
        var script = RunHost.Script(run);
        script.Segment(new Lace.Evidence.LossLog.PointItem(new LossPoint(0, 1.5, AtMilliseconds: 1)));
        await host.SendAsync(run, script.Bodies[0]);
        await host.AcceptedAsync(run, 1);
        await host.PostAsync($"/v1/runs/{id}/finish", "");
        await host.VerifyAsync(id);
        Assert.Empty(await ListAsync(id, StatementKinds.RunEnd));
        host.Advance(TimeSpan.FromMinutes(10));
        await VerifiedAsync(id);
        var (end, _) = await ReadAsync(id, StatementKinds.RunEnd, PredicateTypes.RunEnd);
        Assert.False(end.Finished);
        Assert.Equal(
            [
                [1L, 1L],
            ],
            end.Gaps
        );
    }

    [Fact]
    public async Task An_open_run_is_verified_and_not_stated()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(Recorded().Records));
        await host.VerifyAsync(RunHost.Id(run));
        Assert.Empty(await ListAsync(RunHost.Id(run), StatementKinds.RunEnd));
        Assert.Empty(await ListAsync(RunHost.Id(run), StatementKinds.Verification));
    }

    [Fact]
    public async Task A_run_of_a_version_without_statements_is_readable_and_stays_at_level_0()
    {
        var (_, run) = await TrainAsync();
        var items = host.Service<IItemStore>();
        var tenant = (await host.Service<PublicIds>().FindTenantAsync(run))!.Value;
        foreach (var kind in Kinds)
        {
            foreach (var item in (await items.QueryAsync(new ItemQuery(tenant, "STATEMENT#" + run, kind))).Items)
            {
                Assert.True(await items.WriteAsync(ItemWrite.Delete(item)));
            }
        }

        var result = await host.VerifyAsync(run);
        Assert.Equal((0, "CONSISTENT"), (result.Level, result.Verdict));
        var check = result.Checks.Single(check => check.Name == CheckNames.TransparencyLog);
        Assert.Equal(CheckStatus.NotChecked, check.Status);
        Assert.Contains("without statements", check.Detail, StringComparison.Ordinal);
        Assert.Empty(await ListAsync(run, StatementKinds.Verification));
    }

    [Fact]
    public async Task A_statement_that_was_changed_in_the_store_is_found()
    {
        var (attestation, run) = await TrainAsync();
        var items = host.Service<IItemStore>();
        var tenant = (await host.Service<PublicIds>().FindTenantAsync(run))!.Value;
        var key = new StatementPlace(tenant, attestation, StatementKinds.Dataset).Key;
        var item = (await items.GetAsync(key))!;
        var signature = JsonDocument.Parse(item.Document).RootElement.GetProperty("signed").GetProperty("p256");
        var text = signature.GetProperty("signature").GetString()!;
        var other = text.Replace(text[20], text[20] == 'A' ? 'B' : 'A');
        Assert.True(await items.WriteAsync(ItemWrite.Replace(item, item.Document.Replace(text, other))));
        var result = await host.VerifyAsync(run);
        Assert.Equal(0, result.Level);
        Assert.Equal(
            CheckStatus.Failed,
            result.Checks.Single(check => check.Name == CheckNames.TransparencyLog).Status
        );
    }

    [Fact]
    public async Task After_a_rotation_the_policy_has_old_and_new_keys_and_old_statements_still_count()
    {
        var (attestation, run) = await TrainAsync();
        foreach (var algorithm in StatementKeys.Algorithms)
        {
            await host.Service<IKeyService>().RotateSigningKeyAsync(TenantId.Service, StatementKeys.Name, algorithm);
        }

        Assert.Equal(3, (await VerifiedAsync(run)).Level);
        var policy = JsonDocument.Parse(await host.Anonymous.GetStringAsync("/v1/log/policy.json")).RootElement;
        var keys = policy.GetProperty("statement_keys").EnumerateArray().ToArray();
        Assert.Equal("lace-policy/1", policy.GetProperty("format").GetString());
        Assert.Equal(4, keys.Length);
        Assert.Equal(2, keys.Count(key => key.GetProperty("valid_until").ValueKind == JsonValueKind.Null));
        Assert.Equal(2, policy.GetProperty("log").GetProperty("vkeys").GetArrayLength());
        Assert.Equal(
            ["p256", "hybrid"],
            policy.GetProperty("require").EnumerateArray().Select(name => name.GetString())
        );
        var old = (await ListAsync(attestation, StatementKinds.Dataset))[0].Signed;
        var now = (await ListAsync(run, StatementKinds.Verification))[0].Signed;
        Assert.NotEqual(old.P256.KeyId, now.P256.KeyId);
        Assert.NotEqual(old.Hybrid.KeyId, now.Hybrid.KeyId);
    }

    [Fact]
    public async Task The_end_of_a_run_that_is_stated_days_later_counts_though_the_keys_were_rotated_meanwhile()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(Recorded().Records));
        var id = RunHost.Id(run);
        var script = RunHost.Script(run);
        script.Segment(new Lace.Evidence.LossLog.PointItem(new LossPoint(0, 1.5, AtMilliseconds: 1)));
        await host.SendAsync(run, script.Bodies[0]);
        await host.AcceptedAsync(run, 1);
        await host.PostAsync($"/v1/runs/{id}/finish", "");
        host.Advance(TimeSpan.FromDays(3));
        foreach (var algorithm in StatementKeys.Algorithms)
        {
            await host.Service<IKeyService>().RotateSigningKeyAsync(TenantId.Service, StatementKeys.Name, algorithm);
        }

        await VerifiedAsync(id);
        var found = await host.CheckAsync(await host.BundleAsync(id), id);
        Assert.True(found.Outcome == BundleOutcome.Passed, found.Faults());
    }

    [Fact]
    public async Task Another_tenant_finds_no_statement()
    {
        var (attestation, _) = await TrainAsync();
        var statements = host.Service<SignedStatements>();
        Assert.Null(await statements.NewestAsync(new TenantId("stranger"), attestation, StatementKinds.Dataset));
    }

    private static RunFile Recorded() =>
        RunFile.Parse(File.ReadAllBytes(SharedFolder.Path("runs", "r05_true_finetune.json")));

    private async Task<(string Attestation, string Run)> TrainAsync()
    {
        var recorded = Recorded();
        var attestation = await host.AttestAsync(recorded.Records);
        var run = await host.NewRunAsync(attestation);
        await host.TrainAsync(run, recorded.Points);
        return (attestation, RunHost.Id(run));
    }

    /// <summary>Verifies until the result is stated, which waits for the log.</summary>
    private async Task<VerificationResult> VerifiedAsync(string run)
    {
        VerificationResult? result = null;
        await Until.HoldsAsync(
            async () =>
            {
                result = await host.VerifyAsync(run);
                return (await ListAsync(run, StatementKinds.Verification)).Count > 0;
            },
            "a statement of the verification"
        );
        return result!;
    }

    private async Task<IReadOnlyList<StoredStatement>> ListAsync(string about, string kind)
    {
        var tenant = (await host.Service<PublicIds>().FindTenantAsync(about))!.Value;
        return await host.Service<SignedStatements>().NewestAsync(tenant, about, kind, 100);
    }

    private async Task<(T Predicate, Statement Statement)> ReadAsync<T>(
        string about,
        string kind,
        PredicateType<T> type
    )
        where T : class
    {
        var stored = Assert.Single(await ListAsync(about, kind));
        Assert.Equal(StatementError.None, Statement.TryParse(stored.Signed.Payload, out var statement));
        Assert.True(statement!.TryRead(type, out var predicate));
        return (predicate, statement);
    }

    private async Task AssertSignedAsync<T>(
        string about,
        string kind,
        PredicateType<T> type,
        Func<T, DateTimeOffset> timeOf,
        List<long> indices
    )
        where T : class
    {
        var (predicate, statement) = await ReadAsync(about, kind, type);
        var stored = Assert.Single(await ListAsync(about, kind));
        var keys = await host.Service<StatementKeys>().ListAsync();
        foreach (
            var (algorithm, signature) in new[]
            {
                (StatementAlgorithm.P256, stored.Signed.P256),
                (StatementAlgorithm.Hybrid, stored.Signed.Hybrid),
            }
        )
        {
            var verdict = StatementVerification.Verify(statement, algorithm, signature, keys, timeOf(predicate));
            Assert.Equal(SignatureVerdict.Valid, verdict);
        }

        var found = await host.Service<LogIndex>().WaitAsync(stored.Leaves, TimeSpan.FromMinutes(1));
        indices.AddRange(found!.Values);
    }

    private static int Level(StoredStatement stored) =>
        Statement.TryParse(stored.Signed.Payload, out var statement) == StatementError.None
        && statement!.TryRead(PredicateTypes.Verification, out var said)
            ? said.Result.Level
            : -1;
}
