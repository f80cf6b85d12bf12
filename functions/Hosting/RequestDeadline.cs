namespace Lace.Functions.Hosting;

/// <summary>When the process that answers a request ends, whoever still waits for the answer. A feature of requests that have such a time.</summary>
internal sealed record RequestDeadline(CancellationToken Token);
