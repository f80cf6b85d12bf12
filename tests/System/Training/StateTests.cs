using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>A state of another training, and one that is not whole, is refused with the reason, and nothing is changed.</summary>
[Collection(nameof(Torch))]
public sealed class StateTests
{
    private const string Kind = "llama lora";

    public static TheoryData<string, string> Others =>
        new()
        {
            { "noise", "another plan" },
            { "rank", "another plan" },
            { "no privacy", "another plan" },
            { "optimizer", "another plan" },
            { "base", "other base weights" },
            { "key", "another noise key" },
        };

    [Theory]
    [MemberData(nameof(Others))]
    public void The_state_of_another_training_is_refused(string what, string reason)
    {
        var state = Written(Kind, Tiny.Private(Kind), session => stream => session.Suspend(stream));
        var (plan, kind) = (Tiny.Private(Kind), Kind);
        plan = what switch
        {
            "noise" => Tiny.Private(Kind, noise: 1.5),
            "rank" => plan with { Lora = plan.Lora! with { Alpha = 3 } },
            "no privacy" => Tiny.Plain(Kind),
            "optimizer" => plan with { Optimizer = OptimizerKind.Sgd },
            _ => plan,
        };
        using var model = what == "base" ? Tiny.Model(kind, ScalarType.BFloat16) : Tiny.Model(kind, lora: plan.Lora);
        using var session = Tiny.Open(plan, model, key: what == "key" ? (byte)9 : (byte)1);
        var before = Tiny.Weights(model);
        var refused = Assert.Throws<TrainingRefusedException>(() => session.Resume(new MemoryStream(state)));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Tiny.Weights(model));
        Assert.Equal(0, session.Step);
    }

    [Fact]
    public void A_state_without_its_optimizer_is_loaded_without_one_alone()
    {
        var state = Written(
            Kind,
            Tiny.Private(Kind),
            session => stream => session.Save(stream, includeOptimizer: false)
        );
        using var model = Tiny.Model(Kind);
        using var session = Tiny.Open(Tiny.Private(Kind), model);
        session.OptimStep();
        Assert.Contains(
            "without its optimizer",
            Assert.Throws<TrainingRefusedException>(() => session.Load(new MemoryStream(state), true)).Message,
            StringComparison.Ordinal
        );
        session.Load(new MemoryStream(state), withOptimizer: false);
        Assert.Equal(1, session.Step);
    }

    [Fact]
    public void A_state_with_gradients_without_noise_is_told_from_an_artifact_and_not_loaded_as_one()
    {
        var artifact = Written(Kind, Tiny.Private(Kind), session => stream => session.Save(stream, true));
        var suspended = Written(Kind, Tiny.Private(Kind), session => stream => session.Suspend(stream));
        Assert.False(TrainingSession.IsSuspended(new MemoryStream(artifact)));
        Assert.True(TrainingSession.IsSuspended(new MemoryStream(suspended)));
        Assert.DoesNotContain(Names(artifact), name => name.StartsWith("sum.", StringComparison.Ordinal));
        Assert.Contains(Names(suspended), name => name.StartsWith("sum.", StringComparison.Ordinal));
        using var model = Tiny.Model(Kind);
        using var session = Tiny.Open(Tiny.Private(Kind), model);
        Assert.Throws<TrainingRefusedException>(() => session.Load(new MemoryStream(suspended), true));
    }

    [Fact]
    public void The_key_is_in_no_state()
    {
        using var key = Tiny.Key();
        foreach (var secret in new[] { key.Bytes.ToArray(), key.ForNoise(), key.ForSampling() })
        {
            var state = Written(Kind, Tiny.Private(Kind), session => stream => session.Suspend(stream));
            Assert.Equal(-1, state.AsSpan().IndexOf(secret));
            Assert.Equal(-1, state.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret))));
            Assert.Equal(-1, state.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String(secret))));
        }
    }

    /// <summary>Header and tensors are changed in every way a file can be: cut, renamed, reshaped, retyped, mislabelled.</summary>
    [Fact]
    public void A_damaged_state_is_refused_and_changes_nothing()
    {
        var state = Written(Kind, Tiny.Private(Kind), session => stream => session.Suspend(stream));
        using var model = Tiny.Model(Kind);
        using var session = Tiny.Open(Tiny.Private(Kind), model);
        var before = Tiny.Weights(model);
        byte[][] broken =
        [
            [],
            state[..7],
            state[..100],
            state[..^1],
            [.. state, 0],
            Changed(state, header => header.Remove("__metadata__")),
            Changed(state, header => header["__metadata__"]!["format"] = "other"),
            Changed(state, header => header["__metadata__"]!["more"] = "x"),
            Changed(state, header => Rename(header, "model.")),
            Changed(state, header => Rename(header, "optimizer.")),
            Changed(state, header => Rename(header, "sum.")),
            Changed(state, header => Reshape(header, "model.")),
            Changed(state, header => Reshape(header, "optimizer.")),
            ChangedState(state, member => member["v"] = 2),
            ChangedState(state, member => member["step"] = -1),
            ChangedState(state, member => member["position"] = 0),
            ChangedState(state, member => member["declared_steps"] = 1000),
            ChangedState(state, member => member["suspended"] = false),
            ChangedState(state, member => member["passes"] = 0),
            ChangedState(state, member => member["optimizer"] = false),
            ChangedState(state, member => member["history"]![0]!["noise_multiplier"] = 0),
            ChangedState(state, member => member["history"]![0]!["steps"] = -5),
            ChangedState(state, member => member["more"] = 1),
            ChangedState(state, member => member.Remove("key")),
        ];
        for (var i = 0; i < broken.Length; i++)
        {
            var one = broken[i];
            Assert.True(
                Record.Exception(() => session.Resume(new MemoryStream(one))) is TrainingRefusedException,
                $"change {i} was accepted"
            );
            Assert.Equal(before, Tiny.Weights(model));
        }

        session.Resume(new MemoryStream(state));
        Assert.NotEqual(before, Tiny.Weights(model));
    }

    private static byte[] Written(string kind, TrainingPlan plan, Func<TrainingSession, Action<Stream>> write)
    {
        using var model = Tiny.Model(kind);
        using var session = Tiny.Open(plan, model);
        session.TrainStep(Tiny.Data(), plan.Parameters with { LearningRate = 0.01 });
        session.ForwardBackward(ExampleBatch.FromData(Tiny.Examples()), LossFunction.CrossEntropy);
        using var stream = new MemoryStream();
        write(session)(stream);
        return stream.ToArray();
    }

    private static IEnumerable<string> Names(byte[] state) =>
        SafeTensorsHeader.Read(new MemoryStream(state)).Entries.Select(entry => entry.Name);

    private static byte[] Changed(byte[] state, Action<JsonObject> change)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(state);
        var header = JsonNode.Parse(state.AsSpan(8, length))!.AsObject();
        change(header);
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        return [.. prefix, .. json, .. state[(8 + length)..]];
    }

    private static byte[] ChangedState(byte[] state, Action<JsonObject> change) =>
        Changed(
            state,
            header =>
            {
                var metadata = header["__metadata__"]!;
                var inner = JsonNode.Parse(metadata["state"]!.GetValue<string>())!.AsObject();
                change(inner);
                metadata["state"] = inner.ToJsonString();
            }
        );

    private static void Rename(JsonObject header, string prefix)
    {
        var (name, value) = header.First(member => member.Key.StartsWith(prefix, StringComparison.Ordinal));
        header.Remove(name);
        header[name + "x"] = value;
    }

    // The same bytes in another shape.
    private static void Reshape(JsonObject header, string prefix)
    {
        var value = header
            .First(member =>
                member.Key.StartsWith(prefix, StringComparison.Ordinal) && member.Value!["shape"]!.AsArray().Count > 1
            )
            .Value!;
        value["shape"] = new JsonArray(value["shape"]!.AsArray().Reverse().Select(size => size!.DeepClone()).ToArray());
    }
}
