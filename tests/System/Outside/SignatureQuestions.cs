using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cryptography;

namespace Lace.SystemTests.Outside;

/// <summary>Messages, contexts and seeds over which two implementations of signatures have to agree, and the questions to the other one.</summary>
internal static class SignatureQuestions
{
    public sealed record Case(SignatureAlgorithm Algorithm, byte[] Seed, byte[] Message, byte[] Context);

    /// <summary>One signature with a verdict on it that both sides must share.</summary>
    public sealed record Signed(
        SignatureAlgorithm Algorithm,
        byte[] PublicKey,
        byte[] Message,
        byte[] Context,
        byte[] Signature,
        bool Good
    );

    public static IReadOnlyList<Case> Cases(params SignatureAlgorithm[] algorithms)
    {
        var random = new Random(7);
        var cases = new List<Case>();
        foreach (var algorithm in algorithms)
        {
            foreach (var (messageSize, contextSize) in ((int, int)[])[(0, 0), (1, 0), (300, 7), (5000, 255)])
            {
                var seed = new byte[algorithm.SeedSize];
                var message = new byte[messageSize];
                var context = new byte[Math.Min(contextSize, algorithm.MaxContextSize)];
                random.NextBytes(seed);
                random.NextBytes(message);
                random.NextBytes(context);
                cases.Add(new Case(algorithm, seed, message, context));
            }
        }

        return cases;
    }

    /// <summary>A good signature, and what becomes of it when one bit of each of its parts is flipped.</summary>
    public static IEnumerable<Signed> WithChanges(Signed good)
    {
        yield return good;
        foreach (var at in (int[])[0, good.Signature.Length / 2, good.Signature.Length - 1])
        {
            yield return good with
            {
                Signature = Flip(good.Signature, at),
                Good = false,
            };
        }

        yield return good with
        {
            Message = [.. good.Message, 0],
            Good = false,
        };
        yield return good with
        {
            PublicKey = Flip(good.PublicKey, good.PublicKey.Length / 3),
            Good = false,
        };
        yield return good with
        {
            Signature = good.Signature[..^1],
            Good = false,
        };
        if (good.Message.Length > 0)
        {
            yield return good with
            {
                Message = Flip(good.Message, good.Message.Length / 2),
                Good = false,
            };
        }

        if (good.Algorithm.MaxContextSize > good.Context.Length)
        {
            yield return good with
            {
                Context = [.. good.Context, 1],
                Good = false,
            };
        }
    }

    public static JsonNode ToSign(IEnumerable<Case> cases) =>
        new JsonArray([
            .. cases.Select(c => new JsonObject
            {
                ["do"] = "sign",
                ["algorithm"] = c.Algorithm.Name,
                ["seed"] = Convert.ToHexStringLower(c.Seed),
                ["message"] = Convert.ToHexStringLower(c.Message),
                ["context"] = Convert.ToHexStringLower(c.Context),
            }),
        ]);

    public static JsonNode ToVerify(IEnumerable<Signed> signed) =>
        new JsonArray([
            .. signed.Select(s => new JsonObject
            {
                ["do"] = "verify",
                ["algorithm"] = s.Algorithm.Name,
                ["publicKey"] = Convert.ToHexStringLower(s.PublicKey),
                ["message"] = Convert.ToHexStringLower(s.Message),
                ["context"] = Convert.ToHexStringLower(s.Context),
                ["signature"] = Convert.ToHexStringLower(s.Signature),
            }),
        ]);

    /// <summary>Both directions: they judge our signatures as they should, we judge theirs so, and keys of one seed are equal.</summary>
    public static async Task AgreeAsync(
        Func<JsonNode, Task<JsonElement>> ask,
        string theirs,
        params SignatureAlgorithm[] algorithms
    )
    {
        var cases = Cases(algorithms);
        var ours = cases.SelectMany(c => WithChanges(SignHere(c))).ToList();
        var verdicts = await ask(ToVerify(ours));
        foreach (var (signed, verdict) in ours.Zip(verdicts.EnumerateArray()))
        {
            Assert.Equal(signed.Good, verdict.GetProperty("valid").GetBoolean());
            Assert.Equal(signed.Good, VerifyHere(signed));
        }

        var (good, refused) = (0, 0);
        var answers = await ask(ToSign(cases));
        foreach (var (c, answer) in cases.Zip(answers.EnumerateArray()))
        {
            var publicKey = Convert.FromHexString(answer.GetProperty("publicKey").GetString()!);
            var signature = Convert.FromHexString(answer.GetProperty("signature").GetString()!);
            Assert.Equal(SignHere(c).PublicKey, publicKey);
            foreach (var signed in WithChanges(new(c.Algorithm, publicKey, c.Message, c.Context, signature, true)))
            {
                Assert.Equal(signed.Good, VerifyHere(signed));
                _ = signed.Good ? good++ : refused++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{theirs} on ours: {ours.Count(s => s.Good)} accepted, {ours.Count(s => !s.Good)} refused; ours on {theirs}: {good} accepted, {refused} refused"
        );
        Assert.Equal(4 * algorithms.Length, good);
    }

    private static Signed SignHere(Case c)
    {
        using var key = c.Algorithm.ImportKey(c.Seed);
        var signature = c.Algorithm.Sign(key, c.Message, c.Context);
        return new(c.Algorithm, [.. key.PublicKey.Encoded], c.Message, c.Context, signature, Good: true);
    }

    private static bool VerifyHere(Signed s) => s.Algorithm.Verify(s.PublicKey, s.Message, s.Signature, s.Context);

    private static byte[] Flip(byte[] bytes, int at)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= 1;
        return changed;
    }
}
