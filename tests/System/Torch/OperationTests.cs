using Lace.Torch;

namespace Lace.SystemTests.Torch;

/// <summary>Every operation against PyTorch, forward and backward.</summary>
[Collection(nameof(Torch))]
public sealed class OperationTests(PyTorch pytorch) : IClassFixture<PyTorch>
{
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Expressions => [.. Operation.All.Select(operation => operation.Expression)];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Agrees_with_PyTorch(string expression)
    {
        var operation = Operation.All.Single(one => one.Expression == expression);
        var theirs = pytorch[operation];
        using var scope = torch.NewDisposeScope();
        var inputs = operation.Inputs.Select(input => input.Make()).ToArray();
        torch.manual_seed(Operation.Seed);
        var result = operation.Ours(inputs);
        Assert.Equal(theirs.Shape, result.shape);
        Assert.Equal(theirs.Dtype, result.dtype.ToString(), ignoreCase: true);
        AssertClose(theirs.Values, result);
        if (result.requires_grad)
        {
            var weight = torch.arange(0, result.numel, 1, ScalarType.Float32).cos().reshape(result.shape);
            result.to(ScalarType.Float32).mul(weight).sum().backward();
        }

        foreach (var (input, gradient) in inputs.Zip(theirs.Gradients))
        {
            var ours = input.grad;
            Assert.Equal(gradient is null, ours is null);
            if (ours is not null)
            {
                AssertClose(gradient!, ours);
            }
        }
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        var values = actual.detach().to(ScalarType.Float32).ToArray<float>();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.InRange(values[i] - expected[i], -Tolerance, Tolerance);
        }
    }
}
