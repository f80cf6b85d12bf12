using System.Net;
using System.Text.Json;
using Lace.Records.Tenancy;

namespace Lace.Tests.Functions.Plans;

/// <summary>Attestations of a month: counted once each, never one too many.</summary>
public sealed class AttestationQuotaTests : IAsyncLifetime
{
    private static readonly TestDataset Data = new(20);

    private readonly ManualClock clock = new();
    private LaceApp app = null!;

    public async ValueTask InitializeAsync() => app = await LaceApp.StartAsync(clock, "--plan", "starter");

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task The_eleventh_of_a_month_is_402_with_the_end_of_the_period()
    {
        using var client = await app.NewTenantAsync();
        for (var i = 0; i < 10; i++)
        {
            await client.AttestAsync(Data);
        }

        var answer = await client.PostJsonAsync("/v1/attestations", TestDataset.Create);
        var problem = await answer.ProblemAsync(402, "quota_exceeded");
        var quota = problem.GetProperty("quota");
        Assert.Equal("attestations", quota.GetProperty("name").GetString());
        Assert.Equal((10, 10), (quota.GetProperty("limit").GetInt32(), quota.GetProperty("used").GetInt32()));
        var end = quota.GetProperty("period_ends_at").GetDateTimeOffset();
        Assert.Equal(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), end);
        Assert.Equal(end - clock.GetUtcNow(), answer.Headers.RetryAfter!.Delta);
        using var other = await app.NewTenantAsync();
        await other.AttestAsync(Data);
    }

    [Fact]
    public async Task The_next_month_begins_anew()
    {
        using var client = await app.NewTenantAsync();
        for (var i = 0; i < 10; i++)
        {
            await client.AttestAsync(Data);
        }

        await client.PostJsonAsync("/v1/attestations", TestDataset.Create).ProblemAsync(402, "quota_exceeded");
        clock.Advance(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero) - clock.GetUtcNow());
        await client.AttestAsync(Data);
        Assert.Equal(1, await UsedAsync(client));
    }

    [Fact]
    public async Task A_retry_is_not_counted_again()
    {
        using var client = await app.NewTenantAsync();
        var id = await client.AttestAsync(Data);
        for (var i = 0; i < 12; i++)
        {
            await client.CompleteAsync(id, Data.Completion()).JsonAsync(HttpStatusCode.OK);
        }

        Assert.Equal(1, await UsedAsync(client));
    }

    [Fact]
    public async Task A_refused_completion_is_not_counted()
    {
        using var client = await app.NewTenantAsync();
        var id = await client.BeginAsync();
        await client.CompleteAsync(id, Data.Completion()).ProblemAsync(422, "chunks_missing");
        Assert.Equal(0, await UsedAsync(client));
    }

    [Fact]
    public async Task Of_thirty_that_are_completed_at_once_ten_are()
    {
        using var client = await app.NewTenantAsync();
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var id = await client.BeginAsync();
            await client.PutChunkAsync(id, 0, Data.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
            ids.Add(id);
        }

        var answers = await Task.WhenAll(ids.Select(id => client.CompleteAsync(id, Data.Completion())));
        Assert.Equal(10, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(20, answers.Count(answer => answer.StatusCode == HttpStatusCode.PaymentRequired));
        Assert.Equal(10, await UsedAsync(client));
        var list = await client.GetAsync("/v1/attestations?limit=100").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(
            10,
            list.GetProperty("attestations")
                .EnumerateArray()
                .Count(one => one.GetProperty("status").GetString() == "complete")
        );
    }

    [Fact]
    public async Task Growth_has_any_number_and_is_counted_all_the_same()
    {
        var tenant = await app.NewTenantAsync(ServicePlan.Find("growth")!);
        using var client = app.Client((await app.NewKeyAsync(tenant)).Key.Reveal());
        for (var i = 0; i < 12; i++)
        {
            await client.AttestAsync(Data);
        }

        Assert.Equal(12, await UsedAsync(client));
    }

    private static async Task<long> UsedAsync(HttpClient client)
    {
        var usage = await client.GetAsync("/v1/usage").JsonAsync(HttpStatusCode.OK);
        return usage.GetProperty("quotas").GetProperty("attestations").GetProperty("used").GetInt64();
    }
}
