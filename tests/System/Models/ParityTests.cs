using Lace.SystemTests.Platform;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.SystemTests.Models.Numbers;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

/// <summary>Every family against an implementation that shares no code with it.</summary>
[Collection(nameof(Torch))]
public sealed class ParityTests(PlainPyTorch outside) : IClassFixture<PlainPyTorch>
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Models => [.. Small.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_a_model_made_elsewhere(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(3, 40);
        outside.Make(folder.Path, Small.Source(name));
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        var theirs = outside.Forward(folder.Path, ids).Logits.SelectMany(row => row);
        AssertClose(theirs, model.Forward(Matrix(ids), null, null).ToArray<float>(), Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_a_model_made_here(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(2, 17);
        using var model = CausalModel.Initialize(Small.Config(name), ScalarType.Float32, CPU, seed: 3);
        model.SavePretrained(folder.Path, shardBytes: 20_000);
        var theirs = outside.Forward(folder.Path, ids).Logits.SelectMany(row => row);
        AssertClose(theirs, model.Forward(Matrix(ids), null, null).ToArray<float>(), Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_transformers(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(2, 40);
        using var model = CausalModel.Initialize(Small.Config(name), ScalarType.Float32, CPU, seed: 4);
        model.SavePretrained(folder.Path);
        var theirs = outside.Transformers(folder.Path, ids).SelectMany(row => row);
        AssertClose(theirs, model.Forward(Matrix(ids), null, null).ToArray<float>(), Tolerance, name);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_in_bfloat16_are_near(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(2, 20);
        outside.Make(folder.Path, Small.Source(name), kind: "BF16");
        using var model = CausalModel.Load(folder.Path, ScalarType.BFloat16, CPU);
        var logits = model.Forward(Matrix(ids), null, null);
        Assert.Equal(ScalarType.BFloat16, logits.dtype);
        double[] theirs = [.. outside.Forward(folder.Path, ids).Logits.SelectMany(row => row)];
        var ours = logits.to(ScalarType.Float32).ToArray<float>();
        AssertClose(theirs, ours, 0.15, name);
        var deviation = Math.Sqrt(theirs.Zip(ours, (a, b) => (a - b) * (a - b)).Average());
        Assert.True(deviation < 0.03, $"Off by {deviation} in the mean.");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Gradients_of_all_weights(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(3, 12);
        outside.Make(folder.Path, Small.Source(name));
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        model.RequireGradients(true);
        Losses(model.Forward(Matrix(ids), null, null), Matrix(ids)).sum().backward();
        AssertGradients(outside.Forward(folder.Path, ids, gradients: true), model, parameter => parameter.Tensor.grad!);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void An_adapter_in_PEFTs_files(string name)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var (ids, adapter) = (Small.Tokens(2, 12), folder["adapter"]);
        outside.Make(folder.Path, Small.Source(name));
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        model.AddLora(Lora.On(model.Config, useRsLora: name == "llama"), seed: 8);
        Lora.Disturb(model);
        model.SaveAdapter(adapter);
        var theirs = outside.Forward(folder.Path, ids, gradients: true, adapter);
        model.RequireGradients(true);
        var logits = model.Forward(Matrix(ids), null, null);
        AssertClose(theirs.Logits.SelectMany(row => row), logits.ToArray<float>(), Tolerance, name);
        Losses(logits, Matrix(ids)).sum().backward();
        AssertGradients(theirs, model, parameter => parameter.Tensor.grad!);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Clipped_sums_are_the_scaled_gradients(string name)
    {
        using var folder = new TemporaryFolder();
        outside.Make(folder.Path, Small.Source(name));
        using var model = CausalModel.Load(folder.Path, ScalarType.Float32, CPU);
        AssertClippedSums(model, folder.Path, adapter: null);
        model.AddLora(Lora.On(model.Config), seed: 8);
        Lora.Disturb(model);
        model.SaveAdapter(folder["adapter"]);
        AssertClippedSums(model, folder.Path, folder["adapter"]);
    }

    /// <summary>Three examples in one backward, each against its own gradient from outside, at a norm that some exceed.</summary>
    private void AssertClippedSums(CausalModel model, string folder, string? adapter)
    {
        using var scope = NewDisposeScope();
        var ids = Small.Tokens(3, 12);
        var examples = outside.Forward(folder, ids, gradients: true, adapter).Gradients;
        double[] norms = [.. examples.Select(example => Math.Sqrt(example.Values.Sum(grad => grad.Sum(x => x * x))))];
        var bound = norms.Order().ElementAt(1);
        using var book = new GradientBook([.. model.Trainable.Select(parameter => parameter.Tensor)]);
        book.begin(ids.Length);
        Losses(model.Forward(Matrix(ids), null, book), Matrix(ids)).sum().backward();
        var batch = book.finish(new Clipping.Flat(bound));
        AssertClose(norms, batch.Norms, 1e-4 * norms.Max(), "norms");
        for (var i = 0; i < model.Trainable.Count; i++)
        {
            var parameter = model.Trainable[i];
            var rows = examples
                .Zip(norms, (example, norm) => (example[parameter.Name], Math.Min(1, bound / norm)))
                .ToArray();
            double[] sum = [.. rows[0].Item1.Select((_, at) => rows.Sum(row => row.Item2 * row.Item1[at]))];
            AssertClose(sum, parameter.InFile(book.sums[i]), Tolerance * Math.Max(1, bound), parameter.Name);
        }
    }

    private static void AssertGradients(
        PlainPyTorch.Answer theirs,
        CausalModel model,
        Func<NamedParameter, Tensor> ours
    )
    {
        Assert.Equal(theirs.Gradients[0].Keys.Order(), model.Trainable.Select(parameter => parameter.Name).Order());
        foreach (var parameter in model.Trainable)
        {
            var rows = theirs.Gradients.Select(example => example[parameter.Name]).ToArray();
            double[] sum = [.. rows[0].Select((_, i) => rows.Sum(row => row[i]))];
            AssertClose(
                sum,
                parameter.InFile(ours(parameter)),
                Tolerance * Math.Max(1, sum.Max(Math.Abs)),
                parameter.Name
            );
        }
    }
}
