using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lace.Evidence.Statements;

namespace Lace.SystemTests.Outside;

/// <summary>npm's <c>@sigstore/verify</c> under one trusted root and one public key.</summary>
internal sealed class SigstoreJudge(JsonNode trustedRoot, ReadOnlyMemory<byte> publicKey)
{
    public sealed record Verdict(bool Accepted, string Why);

    /// <summary>A bundle with what it is about (absent for an envelope) and how many log entries it must have.</summary>
    public sealed record Question(JsonNode Bundle, ReadOnlyMemory<byte>? Artifact = null, int LogEntries = 1);

    public async Task<Verdict> JudgeAsync(Question question) => (await JudgeAsync([question]))[0];

    public async Task<IReadOnlyList<Verdict>> JudgeAsync(IEnumerable<Question> questions)
    {
        var answer = await OutsideTool.NodeAsync(
            "bundles.mjs",
            new JsonObject
            {
                ["trustedRoot"] = trustedRoot.DeepClone(),
                ["publicKey"] = PemEncoding.WriteString("PUBLIC KEY", publicKey.Span),
                ["hint"] = StatementKeyId.Of(publicKey.Span),
                ["cases"] = new JsonArray([.. questions.Select(Ask)]),
            }
        );
        return
        [
            .. answer
                .EnumerateArray()
                .Select(verdict => new Verdict(
                    verdict.GetProperty("accepted").GetBoolean(),
                    verdict.TryGetProperty("message", out var why) ? why.GetString()! : ""
                )),
        ];
    }

    private static JsonObject Ask(Question question)
    {
        var asked = new JsonObject { ["bundle"] = question.Bundle.DeepClone(), ["logEntries"] = question.LogEntries };
        if (question.Artifact is { } artifact)
        {
            asked["artifact"] = Convert.ToBase64String(artifact.Span);
        }

        return asked;
    }
}
