namespace Lace.Moto;

/// <summary>What becomes of a request in place of an answer.</summary>
public enum AwsFault
{
    None,

    /// <summary>Refused, to be tried again more slowly; nothing was done.</summary>
    Throttled,

    /// <summary>An internal error, and nothing was done.</summary>
    Failed,

    /// <summary>An internal error, though it was done.</summary>
    FailedAfter,

    /// <summary>The connection breaks before anything was done.</summary>
    Dropped,

    /// <summary>The connection breaks after it was done.</summary>
    Lost,

    /// <summary>No answer ever comes, and nothing was done.</summary>
    Hangs,

    /// <summary>Refused for ever: the credentials have expired.</summary>
    Expired,

    /// <summary>Refused for ever: the role may not.</summary>
    Forbidden,

    /// <summary>Refused because somebody else is at it: a transaction in conflict, a conditional put at the same time.</summary>
    Conflict,
}

/// <summary>Which requests get which fault; counts what it decided.</summary>
public sealed class AwsFaults
{
    private readonly Lock turn = new();
    private readonly Dictionary<AwsFault, int> counts = [];
    private Func<AwsRequest, AwsFault> rule = _ => AwsFault.None;
    private Func<Task>? between;

    /// <summary>What the clock of the services is before that of this machine; signatures of another time are refused.</summary>
    public TimeSpan ClockSkew { get; set; }

    /// <summary>Of the requests so far.</summary>
    public int Count(AwsFault fault)
    {
        lock (turn)
        {
            return counts.GetValueOrDefault(fault);
        }
    }

    /// <summary>From now on.</summary>
    public void Set(Func<AwsRequest, AwsFault> to)
    {
        lock (turn)
        {
            rule = to;
        }
    }

    /// <summary>The next request that is meant gets the fault, and none after it.</summary>
    /// <param name="rival">Acts before the caller learns of the fault.</param>
    public void Once(AwsFault fault, Func<AwsRequest, bool> meant, Func<Task>? rival = null)
    {
        var done = false;
        Set(request =>
        {
            if (done || !meant(request))
            {
                return AwsFault.None;
            }

            done = true;
            between = rival;
            return fault;
        });
    }

    /// <summary>One request in so many gets one of the faults, at random from a seed.</summary>
    public void OneIn(int requests, int seed, params AwsFault[] faults)
    {
        var random = new Random(seed);
        Set(_ => random.Next(requests) == 0 ? faults[random.Next(faults.Length)] : AwsFault.None);
    }

    internal AwsFault Next(AwsRequest request)
    {
        lock (turn)
        {
            var fault = rule(request);
            counts[fault] = counts.GetValueOrDefault(fault) + 1;
            return fault;
        }
    }

    /// <summary>Lets the rival act, once.</summary>
    internal Task BetweenAsync() => Interlocked.Exchange(ref between, null)?.Invoke() ?? Task.CompletedTask;
}
