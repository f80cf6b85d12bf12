using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lace.SystemTests.Platform;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.SystemTests.Models.Numbers;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

/// <summary>Model folders out and in again.</summary>
[Collection(nameof(Torch))]
public sealed class PretrainedTests(PlainPyTorch outside) : IClassFixture<PlainPyTorch>
{
    public static TheoryData<string> Models => [.. Small.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void The_digest_is_that_of_the_weights_whatever_files_they_came_in(string name)
    {
        using var folder = new TemporaryFolder();
        outside.Make(folder["made"], Small.Source(name));
        outside.Make(folder["shards"], Small.Source(name), shards: 3);
        using var model = CausalModel.Load(folder["made"], ScalarType.Float32, CPU);
        using var shards = CausalModel.Load(folder["shards"], ScalarType.Float32, CPU);
        Assert.Equal(model.WeightsDigest, shards.WeightsDigest);

        model.SavePretrained(folder["one"]);
        model.SavePretrained(folder["many"], shardBytes: 9_000);
        Assert.True(Directory.GetFiles(folder["many"], "model-*.safetensors").Length > 2);
        foreach (var saved in new[] { folder["one"], folder["many"] })
        {
            using var again = CausalModel.Load(saved, ScalarType.Float32, CPU);
            Assert.Equal(model.WeightsDigest, again.WeightsDigest);
        }

        var file = SHA256.HashData(File.ReadAllBytes(Path.Combine(folder["one"], "model.safetensors")));
        Assert.Equal(Convert.ToHexStringLower(file), model.WeightsDigest);

        using var half = CausalModel.Load(folder["made"], ScalarType.BFloat16, CPU);
        Assert.NotEqual(model.WeightsDigest, half.WeightsDigest);
        half.SavePretrained(folder["half"]);
        Assert.Equal(
            "bfloat16",
            JsonNode.Parse(File.ReadAllText(Path.Combine(folder["half"], "config.json")))!["torch_dtype"]!.ToString()
        );
        using var halfAgain = CausalModel.Load(folder["half"], ScalarType.BFloat16, CPU);
        Assert.Equal(half.WeightsDigest, halfAgain.WeightsDigest);
    }

    [Fact]
    public void The_digest_changes_with_a_weight_and_stays_while_training()
    {
        using var scope = NewDisposeScope();
        using var model = CausalModel.Initialize(Small.Config("llama"), ScalarType.Float32, CPU, 1);
        using var same = CausalModel.Initialize(Small.Config("llama"), ScalarType.Float32, CPU, 1);
        using var other = CausalModel.Initialize(Small.Config("llama"), ScalarType.Float32, CPU, 2);
        var digest = model.WeightsDigest;
        Assert.Equal(digest, same.WeightsDigest);
        Assert.NotEqual(digest, other.WeightsDigest);
        model.Trainable[^1].Tensor.add_(1);
        Assert.Equal(digest, model.WeightsDigest);
        using var folder = new TemporaryFolder();
        model.SavePretrained(folder.Path);
        using var changed = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        Assert.NotEqual(digest, changed.WeightsDigest);
        Assert.Equal(
            model.Forward(Matrix(Small.Tokens(1, 5)), null, null).ToArray<float>(),
            changed.Forward(Matrix(Small.Tokens(1, 5)), null, null).ToArray<float>()
        );
    }

    [Fact]
    public void Reads_float16_weights()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        outside.Make(folder.Path, Small.Source("qwen2"), kind: "F16");
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        var ids = Small.Tokens(1, 9);
        AssertClose(
            outside.Forward(folder.Path, ids).Logits[0],
            model.Forward(Matrix(ids), null, null).ToArray<float>(),
            1e-4,
            "float16"
        );
    }

    [Fact]
    public void Reads_the_names_and_constants_of_the_first_GPT_2_files()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        outside.Make(folder.Path, Small.Source("gpt2"));
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        var contents = SafeTensors
            .Load(folder["model.safetensors"])
            .Select(pair => SafeTensorsContent.Of(pair.Key["transformer.".Length..], pair.Value))
            .Append(SafeTensorsContent.Of("h.0.attn.bias", zeros([1, 1, 8, 8])))
            .ToList();
        SafeTensors.Write(folder["model.safetensors"], contents);
        using var first = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        Assert.Equal(model.WeightsDigest, first.WeightsDigest);
    }

    [Theory]
    [InlineData("model.norm.weight", "missing")]
    [InlineData("model.layers.1.mlp.up_proj.weight", "missing")]
    [InlineData("lm_head.weight", "missing")]
    public void Refuses_weights_that_are_missing(string name, string reason) =>
        AssertRefused(tensors => tensors.Remove(name), name, reason);

    [Fact]
    public void Refuses_weights_of_another_model()
    {
        AssertRefused(
            tensors => tensors["model.layers.2.mlp.up_proj.weight"] = zeros([2]),
            "model.layers.2",
            "no layer"
        );
        AssertRefused(
            tensors => tensors["model.layers.0.self_attn.q_proj.bias"] = zeros([32]),
            "q_proj.bias",
            "no layer"
        );
        AssertRefused(tensors => tensors["model.norm.weight"] = zeros([31]), "model.norm.weight", "[31]");
        AssertRefused(tensors => tensors["model.norm.weight"] = arange(32), "model.norm.weight", "I64");
    }

    [Fact]
    public void A_tied_head_may_be_in_the_file_if_it_is_the_embedding()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        outside.Make(folder.Path, Small.Source("qwen2"));
        var tensors = SafeTensors.Load(folder["model.safetensors"]);
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"];
        Write(folder["model.safetensors"], tensors);
        CausalModel.Load(folder.Path, ScalarType.Float32, CPU).Dispose();
        tensors["lm_head.weight"] = tensors["lm_head.weight"] + 1;
        Write(folder["model.safetensors"], tensors);
        var before = live_handles;
        var refusal = Assert.Throws<ModelException>(() => CausalModel.Load(folder.Path, ScalarType.Float32, CPU));
        Assert.Contains("lm_head.weight is not the embedding", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, live_handles);
    }

    [Fact]
    public void Refuses_to_write_over_weights_and_keeps_the_tokens_that_end_a_text()
    {
        using var folder = new TemporaryFolder();
        outside.Make(folder["made"], Small.Source("llama"));
        File.WriteAllText(
            Path.Combine(folder["made"], "generation_config.json"),
            """{"eos_token_id": [5, 6], "temperature": 0.7}"""
        );
        using var model = CausalModel.Load(folder["made"], ScalarType.Float32, CPU);
        Assert.Throws<IOException>(() => model.SavePretrained(folder["made"]));
        model.SavePretrained(folder["saved"]);
        using var again = CausalModel.Load(folder["saved"], ScalarType.Float32, CPU);
        Assert.Equal([5, 6], again.EndTokens);
    }

    private static void Write(string path, Dictionary<string, Tensor> tensors) =>
        SafeTensors.Write(path, tensors.Select(pair => SafeTensorsContent.Of(pair.Key, pair.Value)));

    private void AssertRefused(Action<Dictionary<string, Tensor>> change, string name, string reason)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        outside.Make(folder.Path, Small.Source("llama"));
        var tensors = SafeTensors.Load(folder["model.safetensors"]);
        change(tensors);
        Write(folder["model.safetensors"], tensors);
        var before = live_handles;
        var refusal = Assert.Throws<ModelException>(() => CausalModel.Load(folder.Path, ScalarType.Float32, CPU));
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, live_handles);
    }
}
