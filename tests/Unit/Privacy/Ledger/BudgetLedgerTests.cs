using Lace.Privacy;
using Lace.Privacy.Ledger;

namespace Lace.Tests.Privacy.Ledger;

public sealed class BudgetLedgerTests
{
    private static readonly SampledGaussian Step = new(0.01, 1);
    private static readonly RecordSampling Poisson = new(50_000, Sampler.Poisson);

    [Theory]
    [InlineData(Accountant.Rdp)]
    [InlineData(Accountant.Pld)]
    public void Steps_are_granted_exactly_until_the_budget_and_no_further(Accountant accountant)
    {
        var ledger = BudgetLedger.Open(new(1, 1e-5, accountant), Poisson);
        var allowed = Calibration.StepsFor(accountant, 1, 1e-5, Step);
        var answer = LedgerAnswer.Done;
        (ledger, answer) = ledger.Reserve("start", Step, allowed - 2);
        Assert.Equal(LedgerAnswer.Done, answer);
        for (var i = 0; i < 2; i++)
        {
            (ledger, answer) = ledger.Reserve($"{i}", Step);
            Assert.Equal(LedgerAnswer.Done, answer);
        }

        var (unchanged, refused) = ledger.Reserve("one too many", Step);
        Assert.Equal(LedgerAnswer.Exceeded, refused);
        Assert.Same(ledger, unchanged);
        Assert.Equal("DP_BUDGET_EXCEEDED", BudgetLedger.ExceededCode);
        Assert.Equal(allowed, ledger.Held.Steps);
    }

    [Fact]
    public void A_retry_is_charged_once_and_made_once()
    {
        var ledger = Opened();
        (ledger, _) = ledger.Reserve("op", Step);
        var (again, answer) = ledger.Reserve("op", Step);
        Assert.Equal((LedgerAnswer.AlreadyReserved, 1), (answer, again.Held.Steps));
        (ledger, answer) = ledger.Commit("op");
        Assert.Equal(LedgerAnswer.Done, answer);
        Assert.Equal(LedgerAnswer.AlreadyCommitted, ledger.Commit("op").Answer);
        Assert.Equal(LedgerAnswer.AlreadyCommitted, ledger.Reserve("op", Step).Answer);
        Assert.Equal((1, 1), (ledger.Held.Steps, ledger.Spent.Steps));
        Assert.Equal(Accountant.Rdp.Epsilon(PrivacyHistory.Of(Step, 1), 1e-5), ledger.EpsilonSpent);
    }

    [Fact]
    public void Nothing_is_made_uncharged()
    {
        var ledger = Opened();
        Assert.Equal(LedgerAnswer.NotReserved, ledger.Commit("op").Answer);
        (ledger, _) = ledger.Reserve("op", Step);
        (ledger, _) = ledger.Release("op");
        Assert.Equal(0, ledger.Held.Steps);
        Assert.Equal(LedgerAnswer.NotReserved, ledger.Commit("op").Answer);
        Assert.Equal(LedgerAnswer.NotReserved, ledger.Release("op").Answer);
    }

    [Fact]
    public void What_was_committed_is_not_given_back()
    {
        var ledger = Opened().Reserve("op", Step).Ledger.Commit("op").Ledger;
        Assert.Equal(LedgerAnswer.AlreadyCommitted, ledger.Release("op").Answer);
    }

    [Fact]
    public void An_operation_that_comes_again_with_less_noise_or_more_steps_is_a_conflict()
    {
        var ledger = Opened().Reserve("op", Step).Ledger;
        Assert.Equal(LedgerAnswer.Conflict, ledger.Reserve("op", new(0.01, 0.9)).Answer);
        Assert.Equal(LedgerAnswer.Conflict, ledger.Reserve("op", Step, 2).Answer);
        ledger = ledger.Commit("op").Ledger;
        Assert.Equal(LedgerAnswer.Conflict, ledger.Reserve("op", new(0.5, 1)).Answer);
    }

    [Fact]
    public void What_is_only_reserved_is_not_there_for_others()
    {
        var allowed = Calibration.StepsFor(Accountant.Rdp, 1, 1e-5, Step);
        var ledger = Opened().Reserve("a", Step, allowed).Ledger;
        Assert.Equal(LedgerAnswer.Exceeded, ledger.Reserve("b", Step).Answer);
        Assert.Equal(0, ledger.EpsilonSpent);
        ledger = ledger.Release("a").Ledger;
        Assert.Equal(LedgerAnswer.Done, ledger.Reserve("b", Step).Answer);
    }

    /// <summary>Any order of requests with repeats: what is held is the sum of the charges, and never above the budget.</summary>
    [Fact]
    public void Random_requests_never_break_the_budget()
    {
        var random = new Random(3);
        var ledger = Opened();
        for (var i = 0; i < 600; i++)
        {
            var operation = $"{random.Next(150)}";
            var steps = random.Next(1, 60);
            ledger = random.Next(5) switch
            {
                0 => ledger.Commit(operation).Ledger,
                1 => ledger.Release(operation).Ledger,
                _ => ledger.Reserve(operation, new(0.01, 1 + random.Next(3)), steps).Ledger,
            };
            Assert.Equal(ledger.Charges.Values.Sum(charge => charge.Steps), ledger.Held.Steps);
        }

        Assert.NotEqual(0, ledger.Held.Steps);
        Assert.InRange(Accountant.Rdp.Epsilon(ledger.Held, 1e-5), 0, 1);
    }

    [Theory]
    [InlineData(0, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 1, 1e-5, "dataset size")]
    [InlineData(-5, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 1, 1e-5, "dataset size")]
    [InlineData(1000, Sampler.Shuffled, NeighbourRelation.AddOrRemoveOne, 1, 1e-5, "Only Poisson")]
    [InlineData(1000, Sampler.FixedSize, NeighbourRelation.AddOrRemoveOne, 1, 1e-5, "Only Poisson")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.ReplaceOne, 1, 1e-5, "adding or removing")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 1, 1e-3, "not below 1/1000")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 0, 1e-5, "ε is 0")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, double.NaN, 1e-5, "ε is NaN")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 1, double.NaN, "δ is NaN")]
    [InlineData(1000, Sampler.Poisson, NeighbourRelation.AddOrRemoveOne, 1, 0, "δ is 0")]
    public void What_the_accountants_were_not_made_for_is_refused_with_the_reason(
        long records,
        Sampler sampler,
        NeighbourRelation neighbours,
        double epsilon,
        double delta,
        string reason
    )
    {
        var budget = new PrivacyBudget(epsilon, delta, Accountant.Rdp);
        var refusal = Assert.Throws<ArgumentException>(() =>
            BudgetLedger.Open(budget, new(records, sampler, neighbours))
        );
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static BudgetLedger Opened() => BudgetLedger.Open(new(1, 1e-5, Accountant.Rdp), Poisson);
}
