using Amazon.CDK.AWS.Logs;

namespace Lace.Cdk;

/// <summary>What differs between the stages: how long things are kept, how far they grow, how carefully they are replaced.</summary>
/// <param name="Name">Part of every name, so that both stages fit into one account.</param>
/// <param name="KeepsData">Data outlive the stacks: deletion is refused, and a destroyed stack leaves them behind.</param>
/// <param name="LogRetention">How long logs are kept.</param>
/// <param name="EvidenceDays">For how many days nobody, the account's owner included, can remove what the public log has shown.</param>
/// <param name="OldVersionDays">For how many days a replaced or removed object can be brought back.</param>
/// <param name="Shifts">Whether a new version gets a tenth of the calls for five minutes before it gets all.</param>
/// <param name="SnapStart">Whether functions start from a snapshot unless the deployment says otherwise. Snapshots are paid for while they lie there.</param>
/// <param name="RequestsPerSecond">What the API takes altogether before it answers 429.</param>
/// <param name="WorkerCpus">Most virtual CPUs that workers have at once: a g5.xlarge has four.</param>
/// <param name="AttestCpus">Most virtual CPUs of array jobs that attest, two a shard.</param>
/// <param name="MonthlyBudget">In US dollars; a message at 80 % and at the forecast of 100 %.</param>
internal sealed record Stage(
    string Name,
    bool KeepsData,
    RetentionDays LogRetention,
    int EvidenceDays,
    int OldVersionDays,
    bool Shifts,
    bool SnapStart,
    int RequestsPerSecond,
    int WorkerCpus,
    int AttestCpus,
    int MonthlyBudget
)
{
    public static readonly Stage Development = new(
        "dev",
        KeepsData: false,
        LogRetention: RetentionDays.TWO_WEEKS,
        EvidenceDays: 1,
        OldVersionDays: 7,
        Shifts: false,
        SnapStart: false,
        RequestsPerSecond: 100,
        WorkerCpus: 8,
        AttestCpus: 16,
        MonthlyBudget: 50
    );

    public static readonly Stage Production = new(
        "prod",
        KeepsData: true,
        LogRetention: RetentionDays.ONE_YEAR,
        EvidenceDays: 365,
        OldVersionDays: 90,
        Shifts: true,
        SnapStart: true,
        RequestsPerSecond: 2_000,
        WorkerCpus: 64,
        AttestCpus: 256,
        MonthlyBudget: 1_000
    );

    public static readonly IReadOnlyList<Stage> All = [Development, Production];

    /// <summary>The prefix of names that have to be known before the resource is there.</summary>
    public string Prefix => $"lace-{Name}";

    /// <exception cref="DeploymentSettingException">There is no stage of that name.</exception>
    public static Stage Find(string name) =>
        All.FirstOrDefault(stage => stage.Name == name)
        ?? throw new DeploymentSettingException($"The stage is '{name}'; it is dev or prod.");
}
