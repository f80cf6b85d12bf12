using System.Text;
using System.Text.Json.Nodes;
using Lace.Evidence.Bundles;
using static Lace.Tests.Docs.FormatExamples;

namespace Lace.Tests.Docs;

public sealed class BundleExampleTests
{
    private static readonly LacePolicy Trusted = LacePolicy.Parse(Read("bundle.policy.json"), out _)!;

    [Fact]
    public void The_bundle_verifies_under_its_policy_and_under_no_other()
    {
        var found = BundleVerification.Verify(Read("bundle.json"), new(Trusted));
        Assert.Equal((BundleOutcome.Passed, "CONSISTENT", 3), (found.Outcome, found.Verdict, found.Level));
        Assert.Equal(BundleOutcome.Failed, BundleVerification.Verify(Read("bundle.json"), new(Policy)).Outcome);
        AssertNoChangePasses(
            Read("bundle.json"),
            changed => BundleVerification.Verify(changed, new(Trusted)).Outcome == BundleOutcome.Passed
        );
        TestContext.Current.TestOutputHelper?.WriteLine($"bundle.json has {Read("bundle.json").Length} bytes");
    }

    [Fact]
    public void The_page_shows_its_beginning()
    {
        var shown = IndexPage.Json("bundle-excerpt");
        var bundle = JsonNode.Parse(Read("bundle.json"))!;
        foreach (var member in shown.EnumerateObject())
        {
            Assert.Equal(member.Value.GetRawText(), bundle[member.Name]!.ToJsonString());
        }

        var types = bundle["statements"]!
            .AsArray()
            .Select(one =>
                JsonNode.Parse(Encoding.UTF8.GetString(one!["payload"]!.GetValueAsBytes()))!["predicateType"]!
            );
        Assert.Equal(IndexPage.Text("bundle-statements").Split('\n'), types.Select(type => type.GetValue<string>()));
    }
}

file static class Base64Values
{
    public static byte[] GetValueAsBytes(this JsonNode base64) => Convert.FromBase64String(base64.GetValue<string>());
}
