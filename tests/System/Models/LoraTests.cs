using System.Text.Json.Nodes;
using Lace.SystemTests.Platform;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.SystemTests.Models.Numbers;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

[Collection(nameof(Torch))]
public sealed class LoraTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void A_fresh_adapter_changes_nothing_and_trains_alone(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Model(name);
        var ids = Matrix(Small.Tokens(2, 9));
        var before = model.Forward(ids, null, null).ToArray<float>();
        var digest = model.WeightsDigest;
        model.AddLora(Lora.On(model.Config), seed: 1);
        Assert.Equal(before, model.Forward(ids, null, null).ToArray<float>());
        Assert.Equal(digest, model.WeightsDigest);
        Assert.All(model.Trainable, parameter => Assert.Contains(".lora_", parameter.Name, StringComparison.Ordinal));
        Assert.Equal(2 * model.Config.Layers * (name == "gpt2" ? 4 : 7), model.Trainable.Count);
        Assert.All(
            model.Trainable.Where(parameter => parameter.Name.Contains("lora_A", StringComparison.Ordinal)),
            parameter =>
            {
                var bound = 1 / Math.Sqrt(parameter.Tensor.size(1));
                Assert.InRange(parameter.Tensor.abs().amax().ToSingle(), 0.7 * bound, bound);
            }
        );
    }

    [Fact]
    public void Sits_on_the_chosen_layers_only()
    {
        using var model = Model("llama");
        model.AddLora(new LoraSettings(4, 8, ["q_proj", "down_proj"]), seed: 1);
        Assert.Equal("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", model.Trainable[0].Name);
        Assert.Equal([4, 32], model.Trainable[0].Tensor.shape);
        Assert.Equal("base_model.model.model.layers.1.mlp.down_proj.lora_B.weight", model.Trainable[^1].Name);
        Assert.Equal([32, 4], model.Trainable[^1].Tensor.shape);
        Assert.Equal(8, model.Trainable.Count);
    }

    [Fact]
    public void Goes_out_and_in_again()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var model = Model("qwen3");
        using var other = Model("qwen3");
        var ids = Matrix(Small.Tokens(2, 9));
        model.AddLora(Lora.On(model.Config, dropout: 0.25, useRsLora: true), seed: 1);
        Lora.Disturb(model);
        model.SaveAdapter(folder.Path, "someone/model");
        other.LoadAdapter(folder.Path);
        Assert.Equal(model.Lora!.Scaling, other.Lora!.Scaling);
        Assert.Equal((3, 0.25), (other.Lora.Rank, other.Lora.Dropout));
        Assert.Equal(model.Forward(ids, null, null).ToArray<float>(), other.Forward(ids, null, null).ToArray<float>());
        var config = JsonNode.Parse(File.ReadAllText(folder["adapter_config.json"]))!;
        Assert.Equal(
            "LORA CAUSAL_LM someone/model",
            $"{config["peft_type"]} {config["task_type"]} {config["base_model_name_or_path"]}"
        );
    }

    [Fact]
    public void Dropout_is_the_generators_and_of_the_adapter_alone()
    {
        using var scope = NewDisposeScope();
        using var model = Model("llama");
        var ids = Matrix(Small.Tokens(2, 9));
        model.AddLora(Lora.On(model.Config, dropout: 0.5), seed: 1);
        float[] Logits(long seed)
        {
            using var generator = new Generator(seed);
            return model.Forward(ids, null, null, generator).ToArray<float>();
        }

        Assert.Equal(model.Forward(ids, null, null).ToArray<float>(), Logits(1)); // B is zero: nothing of it is seen
        Lora.Disturb(model);
        Assert.Equal(Logits(1), Logits(1));
        Assert.NotEqual(Logits(1), Logits(2));
        Assert.NotEqual(Logits(1), model.Forward(ids, null, null).ToArray<float>());
    }

    [Theory]
    [InlineData("use_dora", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("modules_to_save", "[\"lm_head\"]")]
    [InlineData("rank_pattern", "{\"q_proj\": 8}")]
    [InlineData("layers_to_transform", "[0]")]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("r", "\"four\"")]
    [InlineData("target_modules", "\"all-linear\"")]
    [InlineData("target_modules", "[\"lm_head\"]")]
    [InlineData("something_new", "3")]
    public void Refuses_a_variant_by_name(string option, string value)
    {
        using var folder = new TemporaryFolder();
        using var model = Model("llama");
        model.AddLora(Lora.On(model.Config), seed: 1);
        model.SaveAdapter(folder.Path);
        var config = JsonNode.Parse(File.ReadAllText(folder["adapter_config.json"]))!;
        config[option] = JsonNode.Parse(value);
        File.WriteAllText(folder["adapter_config.json"], config.ToJsonString());
        using var other = Model("llama");
        var refusal = Assert.Throws<ModelException>(() => other.LoadAdapter(folder.Path));
        Assert.Contains("adapter_config.json", refusal.Message, StringComparison.Ordinal);
        Assert.Null(other.Lora);
    }

    [Fact]
    public void Refuses_an_adapter_of_other_layers_and_settings_that_cannot_be()
    {
        using var folder = new TemporaryFolder();
        using var model = Model("llama");
        Assert.Throws<ArgumentException>(() => model.AddLora(new LoraSettings(0, 8, ["q_proj"]), 1));
        Assert.Throws<ArgumentException>(() => model.AddLora(new LoraSettings(4, 8, ["c_attn"]), 1));
        Assert.Throws<ArgumentException>(() => model.AddLora(new LoraSettings(4, 8, []), 1));
        Assert.Throws<ArgumentException>(() => model.AddLora(new LoraSettings(4, 8, ["q_proj"], Dropout: 1), 1));
        Assert.Throws<InvalidOperationException>(() => model.SaveAdapter(folder.Path));
        model.AddLora(new LoraSettings(4, 8, ["q_proj"]), 1);
        Assert.Throws<InvalidOperationException>(() => model.AddLora(new LoraSettings(4, 8, ["q_proj"]), 1));
        model.SaveAdapter(folder.Path);
        using var smaller = CausalModel.Initialize(
            ModelConfig.Parse(
                Small
                    .Source("llama")
                    .ToJsonString()
                    .Replace("\"num_hidden_layers\":2", "\"num_hidden_layers\":1", StringComparison.Ordinal)
            ),
            ScalarType.Float32,
            CPU,
            1
        );
        Assert.Contains(
            "layers.1",
            Assert.Throws<ModelException>(() => smaller.LoadAdapter(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    private static CausalModel Model(string name) =>
        CausalModel.Initialize(Small.Config(name), ScalarType.Float32, CPU, seed: 6);
}
