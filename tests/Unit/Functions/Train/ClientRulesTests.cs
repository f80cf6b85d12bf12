using System.Net;
using System.Text.Json.Nodes;

namespace Lace.Tests.Functions.Train;

/// <summary>What a training client may be made of.</summary>
public sealed class ClientRulesTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private const string Route = "/v1/training_clients";

    private readonly LaceApp app = fixture.App;

    [Theory]
    [InlineData("lora_config.rank", "0")]
    [InlineData("lora_config.rank", "513")]
    [InlineData("lora_config.rank", "-1")]
    [InlineData("lora_config.alpha", "0")]
    [InlineData("lora_config.alpha", "1e400")]
    [InlineData("lora_config.dropout", "1")]
    [InlineData("lora_config.dropout", "-0.1")]
    [InlineData("lora_config.target_modules", "[]")]
    [InlineData("lora_config.target_modules", "[\"q_proj\",\"q_proj\"]")]
    [InlineData("lora_config.target_modules", "[\"../q\"]")]
    [InlineData("lora_config.target_modules", "[\"\"]")]
    [InlineData("lora_config.bias", "\"some\"")]
    [InlineData("lora_config.bias", "\"all\"")]
    [InlineData("optimizer.name", "\"adamw8bit\"")]
    [InlineData("optimizer.learning_rate", "-1e-9")]
    [InlineData("optimizer.learning_rate", "101")]
    [InlineData("optimizer.weight_decay", "-1")]
    [InlineData("optimizer.betas", "[0.9]")]
    [InlineData("optimizer.betas", "[0.9,1.0]")]
    [InlineData("optimizer.betas", "[0.9,0.999,0.9]")]
    [InlineData("optimizer.eps", "0")]
    [InlineData("batch_size", "0")]
    [InlineData("batch_size", "65537")]
    [InlineData("gradient_accumulation_steps", "0")]
    [InlineData("max_steps", "0")]
    [InlineData("max_seq_length", "1")]
    [InlineData("max_seq_length", "65")]
    [InlineData("seed", "-1")]
    [InlineData("seed", "9007199254740992")]
    [InlineData("dtype", "\"float16\"")]
    [InlineData("dataset", "{}")]
    [InlineData("dataset.path", "\"\"")]
    [InlineData("dataset.format", "\"parquet\"")]
    public async Task Refuses_a_value_out_of_its_range_and_names_the_field(string field, string value)
    {
        using var client = await app.NewTenantAsync("train");
        await client.PostAsync(Route, Trainings.Client(field, JsonNode.Parse(value))).RefusesFieldAsync(field);
    }

    [Theory]
    [InlineData("dp_config.noise_multiplier", "0")]
    [InlineData("dp_config.noise_multiplier", "0.01")]
    [InlineData("dp_config.max_grad_norm", "0")]
    [InlineData("dp_config.target_epsilon", "0")]
    [InlineData("dp_config.target_epsilon", "-8")]
    [InlineData("dp_config.target_delta", "0")]
    [InlineData("dp_config.target_delta", "1")]
    [InlineData("dp_config.accountant_type", "\"gdp\"")]
    [InlineData("dp_config.dataset_size", "0")]
    [InlineData("dp_config.sample_rate", "0")]
    [InlineData("dp_config.sample_rate", "1.5")]
    [InlineData("dp_config.clipping", "\"none\"")]
    [InlineData("dp_config.sampling", "\"shuffled\"")]
    [InlineData("dp_config.sampling", "\"fixed\"")]
    public async Task Refuses_a_guarantee_that_is_none(string field, string value)
    {
        using var client = await app.NewTenantAsync("train");
        await client.PostAsync(Route, Trainings.PrivateClient(field, JsonNode.Parse(value))).RefusesFieldAsync(field);
    }

    [Fact]
    public async Task Refuses_privacy_without_the_number_of_records_and_names_the_remedy()
    {
        using var client = await app.NewTenantAsync("train");
        var request = Trainings.PrivateClient();
        request["dp_config"]!.AsObject().Remove("dataset_size");
        var problem = await client.PostAsync(Route, request).TrainProblemAsync(422, "VALIDATION_ERROR");
        Assert.Contains("dataset_size", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Contains("attestation", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_shuffled_batches_with_the_reason()
    {
        using var client = await app.NewTenantAsync("train");
        var request = Trainings.PrivateClient("dp_config.sampling", "shuffled");
        var problem = await client.PostAsync(Route, request).TrainProblemAsync(422, "VALIDATION_ERROR");
        Assert.Contains("Poisson", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Contains("weaker", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(0.1)]
    public async Task Refuses_a_delta_that_publishing_a_record_would_satisfy(double delta)
    {
        using var client = await app.NewTenantAsync("train");
        await client
            .PostAsync(Route, Trainings.PrivateClient("dp_config.target_delta", delta))
            .RefusesFieldAsync("dp_config.target_delta");
    }

    [Fact]
    public async Task Refuses_a_batch_larger_than_the_dataset()
    {
        using var client = await app.NewTenantAsync("train");
        await client
            .PostAsync(Route, Trainings.PrivateClient("batch_size", 1001))
            .RefusesFieldAsync("dp_config.sample_rate");
    }

    [Theory]
    [InlineData("surprise", "1")]
    [InlineData("lora_config.surprise", "1")]
    [InlineData("optimizer.lr", "0.1")]
    [InlineData("dp_config.surprise", "1")]
    [InlineData("dataset.url", "\"https://example.org\"")]
    [InlineData("batch_size", "\"8\"")]
    [InlineData("batch_size", "8.5")]
    [InlineData("batch_size", "null")]
    [InlineData("batch_size", "99999999999")]
    [InlineData("model_ref", "null")]
    [InlineData("lora_config", "[]")]
    public async Task Refuses_fields_and_types_that_it_does_not_know(string field, string value)
    {
        using var client = await app.NewTenantAsync("train");
        await client
            .PostAsync(Route, Trainings.PrivateClient(field, JsonNode.Parse(value)))
            .TrainProblemAsync(422, "VALIDATION_ERROR");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"model_ref\":\"a\",\"model_ref\":\"b\"}")]
    [InlineData("{\"model_ref\":\"\\ud800\"}")]
    public async Task Refuses_what_is_no_request(string body)
    {
        using var client = await app.NewTenantAsync("train");
        await client.PostJsonAsync(Route, body).TrainProblemAsync(422, "VALIDATION_ERROR");
    }

    [Theory]
    [InlineData("no/such")]
    [InlineData("test")]
    [InlineData("../models/test/tiny")]
    [InlineData("test/../test/tiny")]
    [InlineData("/etc")]
    [InlineData("test//tiny")]
    [InlineData("test/tiny/")]
    [InlineData(".hidden")]
    [InlineData("test\\tiny")]
    [InlineData("test/tiny\u0000")]
    public async Task A_model_is_one_of_the_hosts_and_no_name_leads_out_of_their_folder(string model)
    {
        using var client = await app.NewTenantAsync("train");
        var answer = await client.PostAsync(Route, Trainings.Client("model_ref", model));
        var problem = await answer.JsonAsync(model.Any(char.IsControl) ? (HttpStatusCode)422 : HttpStatusCode.NotFound);
        Assert.Contains(problem.GetProperty("code").GetString(), (string[])["MODEL_NOT_FOUND", "VALIDATION_ERROR"]);
    }

    [Fact]
    public async Task A_link_out_of_the_models_folder_is_not_followed()
    {
        using var client = await app.NewTenantAsync("train");
        var outside = Directory.CreateTempSubdirectory("lace-outside-");
        try
        {
            File.Copy(
                Path.Combine(app.Folder, "models", Trainings.Model, "config.json"),
                Path.Combine(outside.FullName, "config.json")
            );
            Directory.CreateSymbolicLink(Path.Combine(app.Folder, "models", "out"), outside.FullName);
            await client
                .PostAsync(Route, Trainings.Client("model_ref", "out"))
                .TrainProblemAsync(404, "MODEL_NOT_FOUND");
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("no.jsonl")]
    [InlineData("../models/test/tiny/config.json")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    public async Task A_dataset_is_one_of_the_hosts(string path)
    {
        using var client = await app.NewTenantAsync("train");
        await client
            .PostAsync(Route, Trainings.Client("dataset.path", path))
            .TrainProblemAsync(404, "DATASET_NOT_FOUND");
    }

    [Fact]
    public async Task A_registered_dataset_is_counted_and_makes_the_sample_rate()
    {
        using var client = await app.NewTenantAsync("train");
        var folder = Directory.CreateDirectory(Path.Combine(app.Folder, "datasets"));
        await File.WriteAllLinesAsync(
            Path.Combine(folder.FullName, "counted.jsonl"),
            Enumerable.Range(0, 200).Select(i => $$"""{"text":"record {{i}}"}""")
        );
        var request = Trainings.PrivateClient("dataset.path", "counted.jsonl");
        request["dp_config"]!.AsObject().Remove("dataset_size");
        var created = await client.PostAsync(Route, request).JsonAsync(HttpStatusCode.Created);
        var dp = created.GetProperty("config").GetProperty("dp_config");
        Assert.Equal(200, dp.GetProperty("dataset_size").GetInt64());
        Assert.Equal(4 / 200.0, dp.GetProperty("sample_rate").GetDouble());

        request["dp_config"]!["dataset_size"] = 199;
        await client.PostAsync(Route, request).RefusesFieldAsync("dp_config.dataset_size");
    }

    [Fact]
    public async Task Takes_what_the_seeds_send_and_gives_it_back_filled_in()
    {
        using var client = await app.NewTenantAsync("train");
        var answer = await client.PostAsync(Route, Trainings.PrivateClient());
        var created = await answer.JsonAsync(HttpStatusCode.Created);
        var id = created.GetProperty("training_client_id").GetString()!;
        Assert.Matches("^tc-[0-9]{8}-[0-9]{6}-[2-9a-z]{6}$", id);
        Assert.Equal($"/v1/training_clients/{id}", answer.Headers.Location?.ToString());
        Assert.Equal(Trainings.Model, created.GetProperty("model_ref").GetString());
        Assert.Equal(0, created.GetProperty("step").GetInt64());
        Assert.Equal(1, created.GetProperty("next_seq_id").GetInt64());
        Assert.Equal(4, created.GetProperty("config").GetProperty("lora_config").GetProperty("rank").GetInt32());
        Assert.Equal(
            0.004,
            created.GetProperty("config").GetProperty("dp_config").GetProperty("sample_rate").GetDouble()
        );
        Assert.Equal(0, created.GetProperty("dp_metrics").GetProperty("total_epsilon").GetDouble());
        var seen = await client.GetAsync($"{Route}/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(created.GetRawText(), seen.GetRawText());
    }

    [Fact]
    public async Task Both_prefixes_are_one_service()
    {
        using var client = await app.NewTenantAsync("train");
        var created = await client
            .PostAsync("/api/v1/training_clients", Trainings.Client())
            .JsonAsync(HttpStatusCode.Created);
        var id = created.GetProperty("training_client_id").GetString();
        await client.GetAsync($"{Route}/{id}").JsonAsync(HttpStatusCode.OK);
        var list = await client.GetAsync("/api/v1/training_clients").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(id, Assert.Single(list.EnumerateArray()).GetProperty("training_client_id").GetString());
    }
}
