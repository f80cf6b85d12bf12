using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>One training client of the service. Each operation carries its place in the order, so that what is sent twice happens once.</summary>
internal sealed class TrainingSession
{
    private const int WaitSeconds = 20;

    private readonly LaceApi api;
    private long nextSeqId;

    private TrainingSession(LaceApi api, TrainingClientAnswer client)
    {
        (this.api, Client, nextSeqId) = (api, client, client.NextSeqId);
    }

    /// <summary>As last heard.</summary>
    public TrainingClientAnswer Client { get; private set; }

    public string Id => Client.TrainingClientId;

    public static async Task<TrainingSession> CreateAsync(
        LaceApi api,
        JsonObject request,
        CancellationToken cancellationToken
    ) =>
        new(
            api,
            await api.PostAsync(
                "v1/training_clients",
                request,
                CliJson.Default.JsonObject,
                CliJson.Default.TrainingClientAnswer,
                null,
                cancellationToken
            )
        );

    public static async Task<TrainingSession> OpenAsync(LaceApi api, string id, CancellationToken cancellationToken) =>
        new(api, await AskAsync(api, id, cancellationToken));

    public async Task<TrainingClientAnswer> RefreshAsync(CancellationToken cancellationToken)
    {
        Client = await AskAsync(api, Id, cancellationToken);
        nextSeqId = Client.NextSeqId;
        return Client;
    }

    /// <summary>By both accountants.</summary>
    public Task<PrivacySpent> PrivacyAsync(CancellationToken cancellationToken) =>
        api.GetAsync(Path("/dp_metrics"), CliJson.Default.PrivacySpent, cancellationToken);

    /// <summary>Sends an operation; <see cref="ResultAsync"/> takes the answer.</summary>
    public async Task<JsonObject> SendAsync(string operation, JsonObject body, CancellationToken cancellationToken)
    {
        body["seq_id"] = nextSeqId;
        var answer = await api.PostAsync(
            Path("/" + operation),
            body,
            CliJson.Default.JsonObject,
            CliJson.Default.JsonObject,
            null,
            cancellationToken
        );
        nextSeqId++;
        return answer;
    }

    /// <summary>Waits for what was sent, however long it takes.</summary>
    /// <exception cref="CliException">It failed, or was cancelled.</exception>
    public async Task<JsonObject> ResultAsync(JsonObject sent, CancellationToken cancellationToken)
    {
        if (sent["future_id"]?.GetValue<string>() is not { } future)
        {
            return sent;
        }

        var path = "v1/futures/" + Uri.EscapeDataString(future);
        for (; ; )
        {
            var answer = await api.GetAsync(
                $"{path}?wait={WaitSeconds}",
                CliJson.Default.FutureAnswer,
                cancellationToken
            );
            if (answer.Status is "pending" or "running")
            {
                continue;
            }

            if (answer is { Status: "completed", Result: null })
            {
                answer = await api.GetAsync(path + "/result", CliJson.Default.FutureAnswer, cancellationToken);
            }

            return answer.Result
                ?? throw new CliException(
                    answer.Error is { } error
                        ? $"{answer.Operation} of {Id} failed: {error.Message} ({error.Code})"
                        : $"{answer.Operation} of {Id} was {answer.Status}.",
                    ExitCode.Incomplete
                );
        }
    }

    private static Task<TrainingClientAnswer> AskAsync(LaceApi api, string id, CancellationToken cancellationToken) =>
        api.GetAsync(
            "v1/training_clients/" + Uri.EscapeDataString(id),
            CliJson.Default.TrainingClientAnswer,
            cancellationToken
        );

    private string Path(string rest) => $"v1/training_clients/{Uri.EscapeDataString(Id)}{rest}";
}
