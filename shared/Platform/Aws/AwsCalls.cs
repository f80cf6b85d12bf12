using System.Security.Cryptography;

namespace Lace.Platform.Aws;

/// <summary>Calls to a service of AWS, repeated while that can help: capped exponential back-off with full jitter.</summary>
/// <remarks>The retries of the SDK are off, because they do not tell whether an attempt before may have taken effect.</remarks>
internal sealed class AwsCalls(TimeProvider clock)
{
    private const int MaxAttempts = 10;
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <param name="attempted">For example "read an item", for the exception.</param>
    /// <param name="call">Is told whether an earlier attempt may have taken effect.</param>
    /// <exception cref="StorageException">The service failed to the end, or refused what no repetition changes.</exception>
    public async Task<T> RunAsync<T>(string attempted, Func<bool, Task<T>> call, CancellationToken cancellationToken)
    {
        var uncertain = false;
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await call(uncertain);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && AwsFailures.Of(e) is { } failure)
            {
                var another = failure != AwsFailure.Final || AwsClock.TryCorrect(e, clock);
                if (!another || attempt == MaxAttempts)
                {
                    throw new StorageException($"Could not {attempted}: {e.Message}", e);
                }

                uncertain |= failure == AwsFailure.Unknown;
            }

            await Task.Delay(Pause(attempt), clock, cancellationToken);
        }
    }

    public Task RunAsync(string attempted, Func<Task> call, CancellationToken cancellationToken) =>
        RunAsync(
            attempted,
            async _ =>
            {
                await call();
                return true;
            },
            cancellationToken
        );

    /// <summary>Anything up to twice the pause before: callers that failed together must not come back together.</summary>
    private static TimeSpan Pause(int attempt)
    {
        var most = Math.Min(First.TotalMilliseconds * Math.Pow(2, attempt - 1), Longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1, (int)most + 1));
    }
}
