using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Records.Training;

namespace Lace.SystemTests.Operations;

/// <summary>What operations answer, and what they refuse.</summary>
public sealed class OperationTests
{
    [Fact]
    public async Task A_bad_batch_fails_for_its_reason_and_the_training_goes_on()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        var bad = await world.BatchAsync(client, [5, 9999]);
        var good = await world.BatchAsync(client, [5, 6, 7], [8, 9]);
        var step = await world.StepAsync(client);
        var unknown = await world.AcceptAsync(
            client,
            OperationKind.ForwardBackward,
            "{\"batch\":{\"input_ids\":[[1,2]]},\"loss_fn\":\"hinge\"}"
        );
        var clipped = await world.AcceptAsync(client, OperationKind.OptimStep, "{\"grad_clip_norm\":1}", steps: 1);
        await world.WorkAsync(client);
        var error = await world.ErrorAsync(bad);
        Assert.Equal(("OPERATION_REFUSED", OperationError.User), (error.Code, error.Category));
        Assert.Contains("vocabulary", error.Message, StringComparison.Ordinal);
        Assert.True((await world.ResultAsync(good)).GetProperty("loss").GetDouble() > 0);
        var metrics = (await world.ResultAsync(step)).GetProperty("dp_metrics");
        Assert.Equal(1, metrics.GetProperty("num_steps").GetInt64());
        Assert.Equal(OperationError.User, (await world.ErrorAsync(unknown)).Category);

        // Refused before any noise was drawn: given back.
        Assert.Equal(OperationError.User, (await world.ErrorAsync(clipped)).Category);
        var budget = (await world.Stores.Clients.BudgetAsync(WorkerWorld.Tenant, client.Id))!;
        Assert.Equal((1, 1), (budget.Spent.Steps, budget.Held.Steps));
    }

    [Fact]
    public async Task Steps_on_the_dataset_are_the_workers_own_and_the_certificate_says_what_was_done()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config(WorkerWorld.Private()));
        var train = await world.TrainAsync(client, 4);
        var artifact = await world.SavedAsync(client);
        var result = await world.ResultAsync(train);
        Assert.Equal(4, result.GetProperty("step").GetInt64());
        Assert.Equal(4, result.GetProperty("losses").GetArrayLength());
        Assert.False(result.GetProperty("details")[0].TryGetProperty("records", out _)); // under privacy: withheld

        var stored = await world.Stores.Artifacts.CertificateAsync(WorkerWorld.Tenant, artifact);
        Assert.Equal(StatementError.None, Statement.TryParse(stored!.Signed.Payload, out var statement));
        var certificate = CertificateStatement.TryRead(statement!)!;
        Assert.Equal(SamplingBasis.EnforcedByWorker, certificate.Mechanism.Sampling);
        Assert.Equal(4, certificate.Guarantee.Steps);
        Assert.True(certificate.Guarantee.Epsilon.Pld <= certificate.Guarantee.Epsilon.Rdp);
        var kept = (await world.Stores.Artifacts.GetAsync(WorkerWorld.Tenant, artifact))!;
        Assert.Equal(kept.Blob.Sha256, certificate.Artifact.Sha256.ToString());
    }

    [Fact]
    public async Task Without_a_model_everything_fails_for_that_reason_and_the_client_says_it()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config(model: "org/none"));
        var train = await world.TrainAsync(client, 1);
        await world.WorkAsync(client);
        Assert.Equal("MODEL_NOT_FOUND", (await world.ErrorAsync(train)).Code);
        var after = await world.ReadAsync(client);
        Assert.Equal((ClientStatus.Error, "MODEL_NOT_FOUND"), (after.Status, after.Error!.Code));
    }

    [Fact]
    public async Task A_sample_is_the_same_for_the_same_seed()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config(dataset: false));
        const string Request =
            "{\"prompts\":[\"record\",\"says\"],\"max_tokens\":6,\"num_samples\":2,\"seed\":9,\"logprobs\":true,\"prompt_logprobs\":true}";
        var first = await world.AcceptAsync(client, OperationKind.Sample, Request);
        var second = await world.AcceptAsync(client, OperationKind.Sample, Request);
        await world.WorkAsync(client);
        var samples = (await world.ResultAsync(first)).GetProperty("samples");
        Assert.Equal(4, samples.GetArrayLength());
        Assert.Equal(
            samples[0].GetProperty("logprobs").GetArrayLength(),
            samples[0].GetProperty("tokens").GetArrayLength()
        );
        Assert.Equal(samples.GetRawText(), (await world.ResultAsync(second)).GetProperty("samples").GetRawText());
    }
}
