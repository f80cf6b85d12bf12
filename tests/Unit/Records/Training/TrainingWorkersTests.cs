using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Training;

namespace Lace.Tests.Records.Training;

/// <summary>A worker for each client that waits: one, whoever finds it.</summary>
public sealed class TrainingWorkersTests : IDisposable
{
    private readonly TrainingWorld world = new();
    private readonly Stores stores;
    private readonly CountedJobs jobs = new();

    public TrainingWorkersTests() => stores = world.Open();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_number_of_hosts_start_one_worker_and_none_where_nothing_waits()
    {
        var client = await stores.CreateAsync();
        await Workers().EnsureAllAsync(Cancel);
        Assert.Empty(jobs.Started);
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample));
        await Task.WhenAll(Workers().EnsureAllAsync(Cancel), Workers().EnsureAllAsync(Cancel));
        await Workers().EnsureAllAsync(Cancel);
        Assert.Equal([$"{client.Id}.1.1"], jobs.Started);
    }

    [Fact]
    public async Task While_a_worker_has_the_client_none_is_started_and_after_its_end_one_is_at_once()
    {
        var client = await stores.CreateAsync();
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample));
        await Workers().EnsureAllAsync(Cancel);
        Assert.NotNull(await stores.ClaimAsync(client.Id, jobs.Started[0]));
        await Workers().EnsureAllAsync(Cancel);
        Assert.Single(jobs.Started);
        jobs.End(jobs.Started[0]); // killed: its lease still has time left
        await Workers().EnsureAllAsync(Cancel);
        Assert.Equal([$"{client.Id}.1.1", $"{client.Id}.2.1"], jobs.Started);
        Assert.NotNull(await stores.ClaimAsync(client.Id, jobs.Started[1]));
    }

    [Fact]
    public async Task Where_no_worker_can_be_started_the_client_says_so_and_is_left_alone()
    {
        var client = await stores.CreateAsync();
        await stores.AcceptAsync(client.Id, TrainingWorld.Ask(OperationKind.Sample));
        jobs.EndAtOnce = true;
        await Workers().EnsureAllAsync(Cancel);
        Assert.Equal(5, jobs.Started.Count);
        var after = await stores.GetAsync(client.Id);
        Assert.Equal((ClientStatus.Error, "WORKER_UNAVAILABLE"), (after.Status, after.Error!.Code));
        await Workers().EnsureAllAsync(Cancel);
        Assert.Equal(5, jobs.Started.Count);
    }

    public void Dispose() => world.Dispose();

    private TrainingWorkers Workers() => new(stores.Items, jobs, stores.Clients, world.Clock);

    /// <summary>Jobs that only are started, once by name, as the port promises.</summary>
    private sealed class CountedJobs : IJobs
    {
        private readonly Dictionary<string, JobStatus> known = new(StringComparer.Ordinal);

        public List<string> Started { get; } = [];

        public bool EndAtOnce { get; set; }

        public void End(string name) => known[name] = JobStatus.Failed;

        public Task<JobState> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
        {
            lock (known)
            {
                if (known.TryAdd(request.Name, EndAtOnce ? JobStatus.Failed : JobStatus.Running))
                {
                    Started.Add(request.Name);
                }

                return Task.FromResult(State(request.Name));
            }
        }

        public Task<JobState?> DescribeAsync(
            TenantId tenant,
            string name,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(known.ContainsKey(name) ? State(name) : null);

        public Task<bool> CancelAsync(TenantId tenant, string name, CancellationToken cancellationToken = default) =>
            Task.FromResult(false);

        private JobState State(string name) =>
            new(name, known[name], null, known[name] == JobStatus.Failed ? "it ended" : null);
    }
}
