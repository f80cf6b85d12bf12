using Lace.Cryptography;
using Lace.SystemTests.Platform.Contracts;
using Lace.SystemTests.Platform.Embedded;

namespace Lace.SystemTests.Outside;

/// <summary>Our signatures beside those of implementations that share no line with ours.</summary>
public sealed class SignatureTests
{
    [Fact]
    public Task Noble_agrees_on_keys_signatures_and_refusals() =>
        SignatureQuestions.AgreeAsync(
            question => OutsideTool.NodeAsync("signatures.mjs", question),
            "noble",
            SignatureAlgorithm.Ed25519,
            SignatureAlgorithm.MlDsa44,
            SignatureAlgorithm.MlDsa65,
            SignatureAlgorithm.MlDsa65Ed25519
        );

    [Fact]
    public Task Python_cryptography_agrees_where_it_has_ML_DSA() =>
        SignatureQuestions.AgreeAsync(
            question => OutsideTool.PythonAsync("signatures.py", question),
            "cryptography",
            SignatureAlgorithm.Ed25519,
            SignatureAlgorithm.MlDsa44,
            SignatureAlgorithm.MlDsa65
        );

    [Fact]
    public async Task Noble_takes_the_composite_signature_of_a_statement_and_no_changed_one()
    {
        using var platform = new EmbeddedFixture();
        var made = await LoggedStatement.MakeAsync(platform.Platform.Keys, Tenants.New());
        var signed = SignatureQuestions
            .WithChanges(
                new(
                    SignatureAlgorithm.MlDsa65Ed25519,
                    made.Hybrid.ToArray(),
                    made.Statement.Pae.ToArray(),
                    [],
                    made.Signed.Hybrid.Signature.ToArray(),
                    Good: true
                )
            )
            .ToList();
        var verdicts = await OutsideTool.NodeAsync("signatures.mjs", SignatureQuestions.ToVerify(signed));

        Assert.Equal(
            signed.Select(one => one.Good),
            verdicts.EnumerateArray().Select(verdict => verdict.GetProperty("valid").GetBoolean())
        );
    }
}
