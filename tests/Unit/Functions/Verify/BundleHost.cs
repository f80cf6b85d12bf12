using System.Net;
using System.Text.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Functions.Verify;

/// <summary>What a verifier gets of the real server: bundle, policy, run log.</summary>
internal static class BundleHost
{
    /// <summary>A recorded run through the whole product, ended.</summary>
    public static async Task<JsonElement> TrainRecordedAsync(this RunHost host, string file)
    {
        var recorded = RunFile.Parse(File.ReadAllBytes(SharedFolder.Path("runs", file + ".json")));
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records));
        await host.TrainAsync(run, recorded.Points);
        return run;
    }

    /// <summary>The bundle, once the log shows all of it.</summary>
    public static async Task<byte[]> BundleAsync(this RunHost host, string id)
    {
        byte[] body = [];
        await Until.HoldsAsync(
            async () =>
            {
                using var answer = await host.Anonymous.GetAsync($"/v1/bundles/{id}");
                if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
                {
                    Assert.NotNull(answer.Headers.RetryAfter);
                    return false;
                }

                body = await answer.Content.ReadAsByteArrayAsync();
                Assert.True(answer.IsSuccessStatusCode, System.Text.Encoding.UTF8.GetString(body));
                return true;
            },
            "the statements, in the log"
        );
        return body;
    }

    public static async Task<LacePolicy> PolicyAsync(this RunHost host)
    {
        var bytes = await host.Anonymous.GetByteArrayAsync("/v1/log/policy.json");
        return LacePolicy.Parse(bytes, out var reason) ?? throw new InvalidDataException(reason);
    }

    public static Task<byte[]> RunLogAsync(this RunHost host, string runId) =>
        host.Owner.GetByteArrayAsync($"/v1/runs/{runId}/log");

    /// <summary>Checks a bundle with the policy that the server states and the run's log.</summary>
    public static async Task<BundleFindings> CheckAsync(this RunHost host, byte[] bundle, string runId)
    {
        var input = new VerifierInput(await host.PolicyAsync(), Read(await host.RunLogAsync(runId)));
        return BundleVerification.Verify(bundle, input);
    }

    public static OfferedRunLog Read(byte[] runLog) => OfferedRunLog.Read(new MemoryStream(runLog));

    /// <summary>All that a check found wrong or could not do, for a message.</summary>
    public static string Faults(this BundleFindings found) =>
        string.Join(
            '\n',
            found.Checks.Where(check => !check.Passed).Select(check => $"{check.Name} {check.Status}: {check.Detail}")
        );
}
