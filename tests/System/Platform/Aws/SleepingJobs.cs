using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Lace.Moto;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>Lets jobs whose command sleeps appear to run until they are terminated.</summary>
internal sealed class SleepingJobs
{
    private readonly ConcurrentDictionary<string, bool> running = new(StringComparer.Ordinal);

    public byte[] Rewrite(AwsRequest request, byte[] answer)
    {
        var asked = Encoding.UTF8.GetString(request.Body.Span);
        switch (request)
        {
            case { Operation: "/v1/submitjob" } when asked.Contains("sleep", StringComparison.Ordinal):
                running[JsonDocument.Parse(answer).RootElement.GetProperty("jobId").GetString()!] = true;
                return answer;
            case { Operation: "/v1/terminatejob" }:
                running.TryRemove(JsonDocument.Parse(asked).RootElement.GetProperty("jobId").GetString()!, out _);
                return answer;
            case { Operation: "/v1/describejobs" }
                when running.Keys.Any(id => asked.Contains(id, StringComparison.Ordinal)):
                return Encoding.UTF8.GetBytes(
                    Encoding.UTF8.GetString(answer).Replace("\"SUCCEEDED\"", "\"RUNNING\"", StringComparison.Ordinal)
                );
            default:
                return answer;
        }
    }
}
