using System.Text;
using Lace.Cryptography.Json;
using Lace.Evidence.Statements;

namespace Lace.Tests.Evidence.Statements;

public sealed class HybridFileTests : IDisposable
{
    private readonly StatementKeys keys = new();
    private readonly Statement statement = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);

    public void Dispose() => keys.Dispose();

    [Fact]
    public void A_file_reads_back_and_its_signature_verifies()
    {
        var json = HybridFile.Of(keys.Sign(statement)).ToJson();
        Assert.True(CanonicalJson.IsCanonical(json));
        Assert.StartsWith(
            "{\"format\":\"lace-hyb/1\",\"key_id\":\"",
            Encoding.UTF8.GetString(json),
            StringComparison.Ordinal
        );
        var file = HybridFile.TryParse(json)!;
        Assert.Equal(
            SignatureVerdict.Valid,
            StatementVerification.Verify(
                statement,
                StatementAlgorithm.Hybrid,
                new StatementSignature(file.KeyId, file.Signature),
                keys.Both,
                MadeStatements.Time
            )
        );
    }

    [Fact]
    public void A_changed_byte_is_refused_or_leads_to_another_key_payload_or_signature()
    {
        var file = HybridFile.Of(keys.Sign(statement));
        var json = file.ToJson();
        for (var i = 0; i < json.Length; i++)
        {
            var changed = json.ToArray();
            changed[i] ^= 1;
            if (HybridFile.TryParse(changed) is { } read)
            {
                Assert.False(
                    read.KeyId == file.KeyId
                        && read.PayloadSha256 == file.PayloadSha256
                        && read.Signature.Span.SequenceEqual(file.Signature.Span)
                );
            }
        }
    }

    [Fact]
    public void Another_spelling_is_refused()
    {
        var text = Encoding.UTF8.GetString(HybridFile.Of(keys.Sign(statement)).ToJson());
        Assert.NotNull(Parse(text));
        Assert.Null(Parse(text + "\n"));
        Assert.Null(Parse(text.Replace("\":\"", "\": \"", StringComparison.Ordinal)));
        Assert.Null(Parse(text.Replace("lace-hyb/1", "lace-hyb/2", StringComparison.Ordinal)));
        Assert.Null(Parse(text.Replace("{\"format", "{\"a\":1,\"format", StringComparison.Ordinal)));
        Assert.Null(Parse(text.Replace("=\"}", "\"}", StringComparison.Ordinal)));
        Assert.Null(Parse(text.Replace("\"key_id\"", "\"key\"", StringComparison.Ordinal)));
        for (var length = 0; length < text.Length; length += 97)
        {
            Assert.Null(Parse(text[..length]));
        }

        Assert.Null(Parse(text + new string(' ', HybridFile.MaxBytes)));
        Assert.Null(Parse("null"));
        Assert.Null(Parse("[]"));
        Assert.Null(Parse("{}"));
    }

    private static HybridFile? Parse(string text) => HybridFile.TryParse(Encoding.UTF8.GetBytes(text));
}
