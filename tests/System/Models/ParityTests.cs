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

    private static void AssertGradients(PlainPyTorch.Answer theirs, CausalModel model, Func<NamedParameter, Tensor> ours)
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
