using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Functions.Problems;
using Lace.Functions.Train;
using Lace.Functions.Train.Messages;
using Lace.Functions.Train.Rules;

namespace Lace.Tests.Functions.Train;

/// <summary>What the other operations may ask for.</summary>
public sealed class OperationRulesTests
{
    [Theory]
    [InlineData("prompts", "[]")]
    [InlineData("prompts", "[null]")]
    [InlineData("max_tokens", "0")]
    [InlineData("max_tokens", "4097")]
    [InlineData("temperature", "-0.1")]
    [InlineData("temperature", "2.1")]
    [InlineData("top_p", "0")]
    [InlineData("top_p", "1.1")]
    [InlineData("top_k", "-2")]
    [InlineData("stop_sequences", "[\"\"]")]
    [InlineData("stop_sequences", "[null]")]
    [InlineData("num_samples", "0")]
    [InlineData("num_samples", "17")]
    [InlineData("seed", "-1")]
    public void Refuses_a_sampling_out_of_range(string field, string value) =>
        Assert.Equal(field, FieldOf(Sample(field, value)));

    [Theory]
    [InlineData("max_tokens", "1")]
    [InlineData("max_tokens", "4096")]
    [InlineData("temperature", "0")]
    [InlineData("temperature", "2")]
    [InlineData("top_p", "1")]
    [InlineData("top_k", "-1")]
    [InlineData("top_k", "0")]
    [InlineData("num_samples", "16")]
    public void Takes_a_sampling_at_the_end_of_a_range(string field, string value) => Assert.Null(Sample(field, value));

    [Fact]
    public void A_request_samples_so_much_in_all()
    {
        var prompts = new JsonArray([.. Enumerable.Range(0, 64).Select(_ => (JsonNode)"a")]);
        var request = new JsonObject { ["prompts"] = prompts, ["max_tokens"] = 4096 };
        Assert.Null(OperationRules.Check(request.Deserialize(TrainJson.Default.Sample)!));
        request["num_samples"] = 2;
        Assert.Equal("max_tokens", FieldOf(OperationRules.Check(request.Deserialize(TrainJson.Default.Sample)!)));
    }

    [Theory]
    [InlineData("learning_rate", "-1")]
    [InlineData("learning_rate", "1e400")]
    [InlineData("beta1", "1")]
    [InlineData("beta2", "-0.5")]
    [InlineData("eps", "0")]
    [InlineData("weight_decay", "-1")]
    [InlineData("grad_clip_norm", "-1")]
    public void Refuses_a_step_with_parameters_out_of_range(string field, string value)
    {
        var request = new JsonObject { [field] = JsonNode.Parse(value) };
        var step = JsonSerializer.Deserialize(request.ToJsonString(), TrainJson.Default.OptimStep)!;
        Assert.Equal(field, FieldOf(OperationRules.Check(step, isPrivate: false)));
        var steps = JsonSerializer.Deserialize(request.ToJsonString(), TrainJson.Default.TrainStep)!;
        Assert.Equal(field, FieldOf(OperationRules.Check(steps, isPrivate: false)));
    }

    [Theory]
    [InlineData("apply_dp_noise", "false")]
    [InlineData("grad_clip_norm", "1")]
    public void A_private_step_keeps_its_noise_and_its_clipping(string field, string value)
    {
        var request = new JsonObject { [field] = JsonNode.Parse(value) };
        var step = request.Deserialize(TrainJson.Default.OptimStep)!;
        Assert.Equal(field, FieldOf(OperationRules.Check(step, isPrivate: true)));
        Assert.Null(OperationRules.Check(step, isPrivate: false));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void Refuses_a_number_of_steps_out_of_range(int steps) =>
        Assert.Equal("steps", FieldOf(OperationRules.Check(new TrainStep(Steps: steps), isPrivate: true)));

    private static Problem? Sample(string field, string value)
    {
        var request = new JsonObject { ["prompts"] = new JsonArray("Once") };
        request[field] = JsonNode.Parse(value);
        return OperationRules.Check(request.Deserialize(TrainJson.Default.Sample)!);
    }

    private static string? FieldOf(Problem? problem) => problem?.Details?["field"]?.GetValue<string>();
}
