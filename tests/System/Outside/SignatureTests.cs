using Lace.Cryptography;

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
}
