namespace Lace.Cdk.Functions;

/// <summary>What starts a function: the values of <c>LACE_TRIGGER</c>.</summary>
internal enum Trigger
{
    Http,
    Sqs,
    Schedule,
    Authorizer,
}

/// <summary>One deployed function. All run the same program; the environment says which part of it.</summary>
/// <param name="Name">As metrics and alarms call it.</param>
/// <param name="Parts">The value of <c>LACE_FUNCTIONS</c>.</param>
/// <param name="MemoryMegabytes">1,769 of them are one virtual CPU.</param>
/// <param name="TimeoutSeconds">For a request more than the 29 seconds after which the API gives up.</param>
/// <param name="Concurrency">Calls at once, set aside from the account's limit: what one function is flooded with, the others do not feel.</param>
/// <param name="StartsWorkers">Whether it submits jobs.</param>
/// <param name="Rights">What its role may do.</param>
internal sealed record FunctionPlan(
    string Name,
    string Parts,
    Trigger Trigger,
    int MemoryMegabytes,
    int TimeoutSeconds,
    int Concurrency,
    bool StartsWorkers,
    IReadOnlyList<Right> Rights
)
{
    private const int RequestTimeout = 30;

    /// <summary>A clock pass that takes longer than its minute must not meet the next one.</summary>
    private const int ClockTimeout = 58;

    public static readonly FunctionPlan Attest = Request(
        "attest",
        "attest",
        memory: 1_024,
        concurrency: 50,
        Right.ReadAndWriteItems,
        Right.WriteBlobs("*/attestations/*"),
        Right.WrapKeys,
        Right.Sign
    );

    public static readonly FunctionPlan LossIngest = Request(
        "lossingest",
        "lossingest",
        memory: 1_024,
        concurrency: 50,
        Right.ReadAndWriteItems,
        Right.ReadBlobs("*/runs/*", "*/attestations/*"),
        Right.ExtendLog,
        Right.WrapKeys,
        Right.Sign
    );

    public static readonly FunctionPlan Losses = new(
        "losses",
        "lossingest",
        Trigger.Sqs,
        MemoryMegabytes: 1_769,
        TimeoutSeconds: 60,
        Concurrency: 50,
        StartsWorkers: false,
        [
            Right.ReadAndWriteItems,
            Right.WriteBlobs("*/runs/*"),
            Right.ExtendLog,
            Right.WrapKeys,
            Right.Sign,
            Right.ReceiveLosses,
        ]
    );

    public static readonly FunctionPlan Verify = Request(
        "verify",
        "verify,log",
        memory: 1_769,
        concurrency: 100,
        Right.ReadAndWriteItems,
        Right.ReadBlobs("*/attestations/*", "*/runs/*", "*/training/*"),
        Right.ExtendLog,
        Right.WrapKeys,
        Right.Sign
    );

    public static readonly FunctionPlan Report = Request(
        "report",
        "report",
        memory: 1_769,
        concurrency: 20,
        Right.ReadAndWriteItems,
        Right.ReadBlobs("*/attestations/*", "*/runs/*", "*/training/*", "*/reports/*"),
        Right.WriteBlobs("*/reports/*"),
        Right.ExtendLog,
        Right.WrapKeys,
        Right.Sign
    );

    public static readonly FunctionPlan Train = Request(
        "train",
        "train,privacy,audit",
        memory: 1_024,
        concurrency: 50,
        Right.ReadAndWriteItems,
        Right.ReadBlobs("*/attestations/*", "*/training/*", "*/artifacts/*"),
        Right.WriteBlobs("*/training/*"),
        Right.ExtendLog,
        Right.WrapKeys,
        Right.Sign,
        Right.StartWorkers
    ) with
    {
        StartsWorkers = true,
    };

    /// <summary>The operator's routes: the one function that may destroy keys, as a tenant's end asks for it.</summary>
    public static readonly FunctionPlan Admin = Request(
        "admin",
        "admin",
        memory: 512,
        concurrency: 5,
        Right.ReadAndWriteItems,
        Right.WrapKeys,
        Right.DestroyKeys
    );

    public static readonly FunctionPlan Clock = new(
        "clock",
        "log,audit,lossingest,train",
        Trigger.Schedule,
        MemoryMegabytes: 1_024,
        TimeoutSeconds: ClockTimeout,
        Concurrency: 1,
        StartsWorkers: true,
        [Right.ReadAndWriteItems, Right.ExtendLog, Right.Sign, Right.StartWorkers]
    );

    public static readonly FunctionPlan Authorizer = new(
        "authorizer",
        "none",
        Trigger.Authorizer,
        MemoryMegabytes: 512,
        TimeoutSeconds: 5,
        Concurrency: 100,
        StartsWorkers: false,
        [Right.CheckApiKeys]
    );

    public static readonly IReadOnlyList<FunctionPlan> All =
    [
        Attest,
        LossIngest,
        Losses,
        Verify,
        Report,
        Train,
        Admin,
        Clock,
        Authorizer,
    ];

    /// <summary>The value of <c>LACE_TRIGGER</c>.</summary>
    public string TriggerName => Trigger.ToString().ToLowerInvariant();

    /// <summary>Whether somebody waits for it to start.</summary>
    public bool IsAwaited => Trigger is Trigger.Http or Trigger.Authorizer;

    private static FunctionPlan Request(
        string name,
        string parts,
        int memory,
        int concurrency,
        params Right[] rights
    ) => new(name, parts, Trigger.Http, memory, RequestTimeout, concurrency, false, rights);
}
