using System.Net;
using System.Text.Json;
using Lace.Functions.Privacy;
using Lace.Privacy.Planning;

namespace Lace.Tests.Functions.Privacy;

public sealed class PlanRouteTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private const string Path = "/v1/privacy/plans";

    [Fact]
    public async Task Epsilon_of_a_plan_by_both_accountants_without_a_key()
    {
        var answer = await PostAsync(
            """{"noise_multiplier":1,"sample_rate":0.01,"steps":1108,"delta":1e-5,"dataset_size":50000}"""
        );
        Assert.Equal(2.1914, answer.GetProperty("rdp").GetDouble(), 3);
        Assert.Equal(1.9216, answer.GetProperty("pld").GetDouble(), 2);
        Assert.Equal("moderate", answer.GetProperty("privacy_level").GetString());
        Assert.Equal("passed", answer.GetProperty("delta_check").GetProperty("status").GetString());
        Assert.Equal(4, answer.GetProperty("guidance").GetArrayLength());
    }

    [Fact]
    public async Task The_rate_may_be_a_batch_over_the_dataset()
    {
        var one = await PostAsync("""{"noise_multiplier":1,"sample_rate":0.008,"steps":1108,"delta":1e-5}""");
        var other = await PostAsync(
            """{"noise_multiplier":1,"batch_size":8,"dataset_size":1000,"steps":1108,"delta":1e-5}"""
        );
        Assert.Equal(one.GetProperty("rdp").GetDouble(), other.GetProperty("rdp").GetDouble());
        Assert.Equal(one.GetProperty("pld").GetDouble(), other.GetProperty("pld").GetDouble());
        Assert.Equal("not_checked", one.GetProperty("delta_check").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Noise_or_steps_for_a_target()
    {
        var noise = await PostAsync("""{"target_epsilon":8,"sample_rate":0.01,"steps":1000,"delta":1e-5}""");
        Assert.Equal(0.61585, noise.GetProperty("noise_multiplier_needed").GetProperty("rdp").GetDouble(), 3);
        Assert.Equal(0.58626, noise.GetProperty("noise_multiplier_needed").GetProperty("pld").GetDouble(), 3);
        var steps = await PostAsync("""{"target_epsilon":8,"sample_rate":0.01,"noise_multiplier":0.8,"delta":1e-5}""");
        Assert.True(steps.GetProperty("steps_allowed").GetProperty("pld").GetInt64() > 1000);
    }

    [Theory]
    [InlineData("invalid_request", """{"sample_rate":0.01,"delta":1e-5}""")]
    [InlineData("invalid_request", """{"noise_multiplier":1,"steps":10,"delta":1e-5}""")]
    [InlineData("invalid_request", """{"noise_multiplier":1,"steps":10,"delta":1e-5,"batch_size":8}""")]
    [InlineData(
        "invalid_request",
        """{"noise_multiplier":1,"steps":10,"delta":1e-5,"batch_size":8,"dataset_size":4}"""
    )]
    [InlineData(
        "invalid_request",
        """{"noise_multiplier":1,"steps":10,"delta":1e-5,"batch_size":8,"dataset_size":1000,"sample_rate":0.008}"""
    )]
    [InlineData("invalid_request", """{"noise_multiplier":0,"sample_rate":0.01,"steps":10,"delta":1e-5}""")]
    [InlineData("invalid_request", """{"noise_multiplier":1,"sample_rate":0.01,"steps":10000000000,"delta":1e-5}""")]
    [InlineData("invalid_request", """{"noise_multiplier":1,"sample_rate":0.01,"steps":10,"delta":0}""")]
    [InlineData(
        "invalid_request",
        """{"noise_multiplier":1,"sample_rate":0.01,"steps":10,"delta":1e-5,"target_epsilon":1}"""
    )]
    [InlineData("invalid_request", """{"noise_multiplier":1,"sample_rate":0.01,"delta":1e-5,"target_epsilon":-1}""")]
    [InlineData("invalid_request", """{"steps":1000000000,"sample_rate":1,"delta":1e-30,"target_epsilon":1e-9}""")]
    [InlineData(
        "invalid_request",
        """{"noise_multiplier":1,"sample_rate":0.01,"steps":10,"delta":1e-5,"sampling":"shuffle"}"""
    )]
    [InlineData("malformed_json", """{"noise_multiplier":1,"sample_rate":0.01,"steps":10}""")]
    [InlineData("malformed_json", """{"noise_multiplier":"1","sample_rate":0.01,"steps":10,"delta":1e-5}""")]
    [InlineData("malformed_json", """{"noise_multiplier":NaN,"sample_rate":0.01,"steps":10,"delta":1e-5}""")]
    [InlineData(
        "malformed_json",
        """{"noise_multiplier":1,"sample_rate":0.01,"steps":10,"delta":1e-5,"batchsize":8}"""
    )]
    public async Task What_is_no_plan_is_refused(string code, string body) =>
        await fixture.App.Anonymous.PostJsonAsync(Path, body).ProblemAsync(400, code);

    [Fact]
    public async Task Shuffling_is_refused_with_the_reason()
    {
        var problem = await fixture
            .App.Anonymous.PostJsonAsync(
                Path,
                """{"noise_multiplier":1,"sample_rate":0.01,"steps":10,"delta":1e-5,"sampling":"shuffle"}"""
            )
            .ProblemAsync(400, "invalid_request");
        Assert.Contains("weaker guarantee", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_body_is_refused() =>
        await fixture.App.Anonymous.PostJsonAsync(Path, new string(' ', 5000)).ProblemAsync(413, "body_too_large");

    /// <summary>No figures make an answer that takes for ever: the search gives up at the limit of time.</summary>
    [Fact]
    public async Task A_plan_that_takes_too_long_is_given_up()
    {
        using var turns = new PlanTurns(TimeSpan.FromMilliseconds(1));
        var question = new BudgetQuestion(0.0001, 1e-9, null, 900_000_000, 3, null);
        var (answer, refusal) = await turns.AnswerAsync(question, TestContext.Current.CancellationToken);
        Assert.Equal((null, "plan_too_costly"), (answer, refusal?.Code));
    }

    [Fact]
    public async Task More_than_can_wait_are_sent_away()
    {
        using var turns = new PlanTurns();
        var question = new BudgetQuestion(0.001, 1e-9, null, 100_000, 3, null);
        using var end = new CancellationTokenSource();
        var asked = Enumerable.Range(0, 30).Select(_ => turns.AnswerAsync(question, end.Token)).ToList();
        var refused = await Task.WhenAny(asked.Skip(18));
        Assert.Equal("plans_busy", (await refused).Refusal?.Code);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(asked));
    }

    private async Task<JsonElement> PostAsync(string body) =>
        await fixture.App.Anonymous.PostJsonAsync(Path, body).JsonAsync(HttpStatusCode.OK);
}
