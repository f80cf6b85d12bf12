using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lace.Functions.Access;
using Lace.Functions.Idempotency;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private const string Route = "/v1/attestations";

    private readonly ManualClock clock = new();
    private LaceApp app = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync(clock);
        client = await app.NewTenantAsync();
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task The_same_request_again_gets_the_stored_answer_byte_for_byte()
    {
        var first = await client.PostJsonAsync(Route, TestDataset.Create, "k1");
        var again = await client.PostJsonAsync(Route, TestDataset.Create, "k1");
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains(StoredAnswer.ReplayedHeader));
        Assert.True(again.Headers.Contains(StoredAnswer.ReplayedHeader));
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task The_answer_survives_a_restart()
    {
        var first = await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        await app.RestartAsync();
        using var after = app.Client(client.DefaultRequestHeaders.Authorization!.Parameter!);
        var again = await after.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(first.GetRawText(), again.GetRawText());
    }

    /// <summary>An answer may hold a secret that is wrapped everywhere else.</summary>
    [Fact]
    public async Task The_stored_answer_is_sealed()
    {
        var answer = await client.PostJsonAsync(Route, TestDataset.Create, "k1");
        var body = await answer.Content.ReadAsStringAsync();
        var item = await StoredClaimAsync("k1");
        var kept = item.Read(StorageJson.Default.StoredClaim).Answer!;
        Assert.DoesNotContain("chunk_records", Encoding.Latin1.GetString(kept.Body), StringComparison.Ordinal);
        Assert.Contains("chunk_records", body, StringComparison.Ordinal);

        kept.Body[3] ^= 1;
        var changed = item.Read(StorageJson.Default.StoredClaim) with { Answer = kept };
        var document = System.Text.Json.JsonSerializer.Serialize(changed, StorageJson.Default.StoredClaim);
        await app.Services.GetRequiredService<IItemStore>().WriteAsync(ItemWrite.Replace(item, document));
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").ProblemAsync(500, "internal_error");
    }

    [Fact]
    public async Task An_answer_that_nobody_can_open_any_more_is_as_good_as_forgotten()
    {
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        await app.Services.GetRequiredService<IKeyService>().DestroyAsync(await TenantAsync());
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Another_body_or_route_under_the_key_is_refused()
    {
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        await client.PostJsonAsync(Route, TestDataset.Create + " ", "k1").ProblemAsync(422, "idempotency_key_reused");
        await client
            .PostJsonAsync(Route + "?x=1", TestDataset.Create, "k1")
            .ProblemAsync(422, "idempotency_key_reused");
        await client
            .PostJsonAsync(Route + "/a/revoke", TestDataset.Create, "k1")
            .ProblemAsync(422, "idempotency_key_reused");
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Keys_of_tenants_are_apart()
    {
        using var other = await app.NewTenantAsync();
        var mine = await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        var theirs = await other.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        Assert.NotEqual(mine.GetProperty("id").GetString(), theirs.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Sent_many_times_at_once_it_happens_once()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(_ => client.PostJsonAsync(Route, TestDataset.Create, "k1"))
        );
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (answer.StatusCode == HttpStatusCode.Conflict)
            {
                await answer.ProblemAsync(409, "in_progress");
                Assert.NotNull(answer.Headers.RetryAfter);
            }
            else
            {
                bodies.Add((await answer.JsonAsync(HttpStatusCode.Created)).GetRawText());
            }
        }

        Assert.Single(bodies);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_refusal_frees_the_key_so_that_the_cause_can_be_mended()
    {
        var dataset = new TestDataset(100);
        var id = await client.BeginAsync();
        var path = $"{Route}/{id}/complete";
        var body = dataset.Completion().ToJsonString();
        await client.PostJsonAsync(path, body, "k1").ProblemAsync(422, "chunks_missing");
        await client.PutChunkAsync(id, 0, dataset.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await client.PostJsonAsync(path, body, "k1").JsonAsync(HttpStatusCode.OK);
        await client.PostJsonAsync(Route, "{", "k2").ProblemAsync(400, "malformed_json");
        await client.PostJsonAsync(Route, TestDataset.Create, "k2").JsonAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task While_the_first_runs_a_repeat_waits_and_after_a_crash_it_takes_over()
    {
        await ClaimAsCrashedAsync("k1");
        var answer = await client.PostJsonAsync(Route, TestDataset.Create, "k1");
        await answer.ProblemAsync(409, "in_progress");
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(0, await CountAsync());

        clock.Advance(Claims.RunLimit);
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task An_answer_is_forgotten_after_its_time()
    {
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        clock.Advance(Claims.Memory);
        await client.PostJsonAsync(Route, "{}", "k1").ProblemAsync(400, "malformed_json");
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
        Assert.Equal(2, await CountAsync());
    }

    [Theory]
    [InlineData("has space")]
    [InlineData("tab\tbed")]
    public async Task Refuses_a_key_of_other_than_visible_characters(string key) =>
        await client.PostJsonAsync(Route, TestDataset.Create, key).ProblemAsync(400, "invalid_request");

    [Fact]
    public async Task A_key_has_at_most_200_characters()
    {
        await client.PostJsonAsync(Route, TestDataset.Create, new string('k', 200)).JsonAsync(HttpStatusCode.Created);
        await client
            .PostJsonAsync(Route, TestDataset.Create, new string('k', 201))
            .ProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task A_request_that_is_not_let_in_claims_nothing()
    {
        await app.Anonymous.PostJsonAsync(Route, TestDataset.Create, "k1").ProblemAsync(401, "key_missing");
        await client.PostJsonAsync(Route, TestDataset.Create, "k1").JsonAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_with_a_key_too()
    {
        client.DefaultRequestHeaders.ExpectContinue = true;
        await client.PostJsonAsync(Route, new string(' ', 2 << 20), "k1").ProblemAsync(413, "body_too_large");
    }

    private async Task<int> CountAsync() =>
        (await client.GetAsync(Route).JsonAsync(HttpStatusCode.OK)).GetProperty("attestations").GetArrayLength();

    /// <summary>What a process leaves that dies between claiming the key and answering.</summary>
    private async Task ClaimAsCrashedAsync(string key)
    {
        var request = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"POST {Route}\n{TestDataset.Create}"))
        );
        var claim = await app
            .Services.GetRequiredService<Claims>()
            .ClaimAsync(await TenantAsync(), key, request, CancellationToken.None);
        Assert.NotNull(claim.Mine);
    }

    private async Task<TenantId> TenantAsync()
    {
        Assert.True(ApiKey.TryParse(client.DefaultRequestHeaders.Authorization!.Parameter, out var key));
        return new TenantId((await app.Services.GetRequiredService<ApiKeys>().FindAsync(key))!.Tenant);
    }

    private async Task<Item> StoredClaimAsync(string key)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
        var place = new ItemKey(await TenantAsync(), $"IDEMPOTENCY#{name}", "CLAIM");
        return (await app.Services.GetRequiredService<IItemStore>().GetAsync(place))!;
    }
}
