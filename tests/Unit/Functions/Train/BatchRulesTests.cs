using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Functions.Problems;
using Lace.Functions.Train;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;

namespace Lace.Tests.Functions.Train;

/// <summary>What a batch may hold.</summary>
public sealed class BatchRulesTests
{
    private static readonly BatchLimits Limits = new(MaxSeqLength: 8, VocabularySize: 100, Private: false);

    [Theory]
    [InlineData("batch.input_ids", "[]", "batch.input_ids")]
    [InlineData("batch.input_ids", "[[1,2,3,4],null]", "batch.input_ids")]
    [InlineData("batch.input_ids", "[[1,2,3,-4],[5,6,7]]", "batch.input_ids[0]")]
    [InlineData("batch.input_ids", "[[1,2,3,4],[5,100,7]]", "batch.input_ids[1]")]
    [InlineData("batch.input_ids", "[[1,2,3],[5,6,7]]", "batch.attention_mask")]
    [InlineData("batch.attention_mask", "[[1,1,1,1]]", "batch.attention_mask")]
    [InlineData("batch.attention_mask", "[[1,1,1,1],[1,1]]", "batch.attention_mask")]
    [InlineData("batch.attention_mask", "[[1,1,1,1],null]", "batch.attention_mask")]
    [InlineData("batch.attention_mask", "[[1,0,1,1],[1,1,1]]", "batch.attention_mask[0]")]
    [InlineData("batch.attention_mask", "[[1,1,1,2],[1,1,1]]", "batch.attention_mask[0]")]
    [InlineData("batch.labels", "[[1,2,3,4],[5,6,7,8]]", "batch.labels")]
    [InlineData("batch.labels", "[[1,2,3,-1],[5,6,7]]", "batch.labels[0]")]
    [InlineData("batch.labels", "[[1,2,3,100],[5,6,7]]", "batch.labels[0]")]
    [InlineData("loss_fn", "\"dro\"", "loss_fn")]
    [InlineData("loss_fn", "\"ppo\"", "data")]
    [InlineData("loss_fn_config", "{\"clip_low_threshold\":0.8}", "loss_fn_config")]
    [InlineData("data", "[]", "batch")]
    [InlineData("batch", "null", "batch")]
    [InlineData("batch_hash", "\"sha256:00\"", "batch_hash")]
    public void Refuses_rows_that_do_not_agree(string path, string value, string field) =>
        Assert.Equal(field, FieldOf(Check(Trainings.Batch(path, JsonNode.Parse(value)))));

    [Theory]
    [InlineData("[[1,1,1,1],[1,1,0]]")]
    [InlineData("[[0,1,1,0],[0,0,0]]")]
    public void Takes_padding_on_either_side_and_records_without_tokens(string mask) =>
        Assert.Null(Check(Trainings.Batch("batch.attention_mask", JsonNode.Parse(mask))));

    [Fact]
    public void A_row_is_as_long_as_the_training_client_allows()
    {
        Assert.Null(Check(Rows(1, 8)));
        Assert.Equal("batch.input_ids[0]", FieldOf(Check(Rows(1, 9))));
    }

    [Fact]
    public void A_batch_has_so_many_examples_and_so_many_tokens()
    {
        Assert.Null(Check(Rows(1024, 2)));
        Assert.Equal("batch.input_ids", FieldOf(Check(Rows(1025, 2))));

        // One long row pads them all.
        var ragged = Rows(1024, 1);
        ragged["batch"]!["input_ids"]![0] = Row(1025);
        Assert.Equal("batch.input_ids", FieldOf(Check(ragged, Limits with { MaxSeqLength = 4096 })));
    }

    [Fact]
    public void An_empty_batch_is_one_under_privacy_alone()
    {
        var empty = JsonNode.Parse("""{"data":[]}""")!.AsObject();
        Assert.Equal("data", FieldOf(Check(empty)));
        Assert.Null(Check(empty, Limits with { Private = true }));
    }

    [Fact]
    public void The_stated_hash_is_that_of_the_canonical_batch()
    {
        var request = JsonNode.Parse("""{"batch":{"labels":[[1,-100]],"input_ids":[[1,2]]}}""")!.AsObject();
        var canonical = """{"input_ids":[[1,2]],"labels":[[1,-100]]}"""u8;
        request["batch_hash"] =
            "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(canonical));
        Assert.Null(Check(request));
    }

    [Theory]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4]}}", null)]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,-100],\"dtype\":\"int64\",\"shape\":[3]}}", null)]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4]},\"weights\":{\"data\":[0,1,0.5]}}", null)]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3]}}", "target_tokens")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,-1]}}", "target_tokens")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4],\"dtype\":\"int32\"}}", "target_tokens")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4],\"shape\":[1,3]}}", "target_tokens")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4]},\"weights\":{\"data\":[1,1]}}", "weights")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4]},\"weights\":{\"data\":[1,1,1e39]}}", "weights")]
    [InlineData("cross_entropy", "{\"target_tokens\":{\"data\":[2,3,4]},\"logprobs\":{\"data\":[1,1,1]}}", "")]
    [InlineData("ppo", "{\"target_tokens\":{\"data\":[2,3,4]}}", "")]
    [InlineData(
        "ppo",
        "{\"target_tokens\":{\"data\":[2,3,4]},\"logprobs\":{\"data\":[-1,-1,-1]},\"advantages\":{\"data\":[1,0,-1]}}",
        null
    )]
    [InlineData(
        "importance_sampling",
        "{\"target_tokens\":{\"data\":[2,3,4]},\"logprobs\":{\"data\":[-1,-1,-1]},\"advantages\":{\"data\":[1,0]}}",
        "advantages"
    )]
    public void The_inputs_of_a_loss_are_one_value_a_token(string loss, string inputs, string? wrong)
    {
        var request = JsonNode
            .Parse(
                $$"""{"loss_fn":"{{loss}}","data":[{"model_input":{"chunks":[{"type":"encoded_text","tokens":[1,2]},{"tokens":[3]}]},"loss_fn_inputs":{{inputs}}}]}"""
            )!
            .AsObject();
        var expected =
            wrong is null ? null
            : wrong.Length == 0 ? "data[0].loss_fn_inputs"
            : $"data[0].loss_fn_inputs.{wrong}";
        Assert.Equal(expected, FieldOf(Check(request)));
    }

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{\"model_input\":{\"chunks\":[null]},\"loss_fn_inputs\":{\"target_tokens\":{\"data\":[]}}}]")]
    [InlineData("[{\"model_input\":{\"chunks\":[]},\"loss_fn_inputs\":{\"target_tokens\":{\"data\":[]}}}]")]
    [InlineData(
        "[{\"model_input\":{\"chunks\":[{\"type\":\"image\",\"tokens\":[1]}]},\"loss_fn_inputs\":{\"target_tokens\":{\"data\":[1]}}}]"
    )]
    public void Refuses_data_that_is_not_all_there(string data) =>
        Assert.NotNull(Check(new JsonObject { ["data"] = JsonNode.Parse(data) }));

    private static JsonObject Rows(int rows, int length) =>
        new()
        {
            ["batch"] = new JsonObject
            {
                ["input_ids"] = new JsonArray([.. Enumerable.Range(0, rows).Select(_ => Row(length))]),
            },
        };

    private static JsonArray Row(int length) =>
        new JsonArray([.. Enumerable.Range(0, length).Select(i => (JsonNode)(i % 100))]);

    private static Problem? Check(JsonObject request, BatchLimits? limits = null) =>
        BatchRules.Check(request.Deserialize(TrainJson.Default.ForwardBackward)!, limits ?? Limits);

    private static string? FieldOf(Problem? problem) => problem?.Details?["field"]?.GetValue<string>();
}
