using System.Text;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog;
using Lace.Tests.Functions.TransparencyLog.Anchors;
using Lace.Tests.Functions.TransparencyLog.Witnesses;

namespace Lace.Tests.Functions.TransparencyLog;

public sealed class LogPartnersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-partners-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void Without_settings_nobody_is_asked()
    {
        var partners = LogPartners.Read(Settings());
        Assert.Empty(partners.Witnesses);
        Assert.Null(partners.Anchor);
        Assert.Equal(0, partners.Trusted.Quorum);
        Assert.Equal(TlogPolicy.NoQuorum, partners.PolicyOf(LogWorld.Keys).Quorum);
    }

    [Fact]
    public async Task Witnesses_of_the_file_are_asked_and_its_quorum_is_what_the_policies_say()
    {
        await using var one = await LocalWitness.StartAsync("witness.test/w1", seed: 50);
        await using var two = await LocalWitness.StartAsync("witness.test/w2", seed: 51);
        var file = Write($"witness A {one.Key} {one.Prefix}\nwitness B {two.Key}\ngroup both all A B\nquorum both\n");
        var partners = LogPartners.Read(Settings(witnesses: file));
        Assert.Equal(one.Key, Assert.Single(partners.Witnesses).Key);
        Assert.Equal((2, 2), (partners.Trusted.Quorum, partners.Trusted.Keys.Count));
        var text = partners.PolicyOf(LogWorld.Keys).ToString();
        Assert.True(TlogPolicy.TryParse(Encoding.UTF8.GetBytes(text), out var policy, out _));
        Assert.Equal(("both", 2, 2), (policy.Quorum, policy.Logs.Count, policy.Witnesses.Count));

        var single = LogPartners.Read(Settings(witnesses: Write($"witness A {one.Key}\nquorum A\n")));
        Assert.Equal((1, 1), (single.Trusted.Quorum, single.Trusted.Keys.Count));
    }

    [Fact]
    public async Task A_quorum_that_our_policy_file_cannot_say_stops_the_start()
    {
        await using var one = await LocalWitness.StartAsync();
        var file = Write($"witness A {one.Key}\ngroup inner 1 A\ngroup outer 1 inner\nquorum outer\n");
        Assert.Contains(
            "group of groups",
            Assert.Throws<SettingException>(() => LogPartners.Read(Settings(witnesses: file))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_anchor_needs_the_key_it_is_believed_by()
    {
        await using var rekor = await LocalRekor.StartAsync();
        var trust = Path.Combine(folder, "trusted_root.json");
        await File.WriteAllBytesAsync(trust, rekor.Trust.ToJson());
        Assert.Equal(rekor.Url, LogPartners.Read(Settings(anchor: rekor.Url.ToString(), trust: trust)).Anchor!.Url);
        foreach (
            var wrong in new[]
            {
                Settings(anchor: rekor.Url.ToString()),
                Settings(trust: trust),
                Settings(anchor: "file:///etc", trust: trust),
                Settings(anchor: rekor.Url.ToString(), trust: Path.Combine(folder, "missing")),
                Settings(anchor: rekor.Url.ToString(), trust: Write("{}")),
                Settings(witnesses: Path.Combine(folder, "missing")),
                Settings(witnesses: Write("quorum nobody\n")),
            }
        )
        {
            Assert.Throws<SettingException>(() => LogPartners.Read(wrong));
        }
    }

    private string Write(string content)
    {
        var file = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, content);
        return file;
    }

    private static HostSettings Settings(string? witnesses = null, string? anchor = null, string? trust = null) =>
        new("/data", HostSettings.DefaultUrls, null, false, witnesses, anchor, trust);
}
