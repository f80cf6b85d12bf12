using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Exclusion;
using Lace.Cli.Phrases;
using Lace.Cli.Verify;

namespace Lace.Tests.Functions.Verify;

/// <summary><c>lace phrases build</c> and <c>--subtract</c> with the real application.</summary>
public sealed class ExclusionPhrasesTests : IAsyncLifetime
{
    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_text_that_shares_a_licence_alone_is_clear_without_it_and_its_proof_says_both()
    {
        var records = ExclusionWorld.Records(21, 100);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        var own = string.Join(' ', ExclusionWorld.Records(22, 3));
        world.Cli.Write("text.txt", own + "\n" + records[7]);
        world.Cli.Write("licences/a/one.txt", records[7]);
        world.Cli.Write("licences/two.txt", records[8]);
        Assert.Equal(ExitCode.Ok, Build("licences", 1));
        var made = Last();
        Assert.Equal(2, made.GetProperty("texts").GetInt32());
        Assert.True(made.GetProperty("grams").GetInt64() > 1000);

        var options = new CheckOptions(id, ["text.txt"], "policy.json", "p.json", false, false, true, true);
        Assert.Equal(ExitCode.Present, await world.RunAsync(options));
        Assert.Equal(ExitCode.Ok, await world.RunAsync(options with { Subtract = "out.phrases" }));
        var text = JsonDocument
            .Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1])
            .RootElement.GetProperty("texts")[0];
        Assert.Equal("PRESENT", text.GetProperty("findings").GetProperty("verdict").GetString());
        var without = text.GetProperty("without_common");
        Assert.Equal("CLEAR", without.GetProperty("findings").GetProperty("verdict").GetString());
        Assert.True(without.GetProperty("common_hits").GetInt32() > 10);
        Assert.NotEqual(0, text.GetProperty("common").GetArrayLength());
        Assert.Equal(made.GetProperty("root").GetString(), Last().GetProperty("phrases_root").GetString());
        await world.RunAsync(options with { Subtract = "out.phrases", Json = false });
        Assert.Contains("with them it would be PRESENT", world.Cli.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  common bytes ", world.Cli.Output.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Present, await world.OfflineAsync("p.json", "text.txt"));
        var offline = new OfflineOptions(
            "p.json",
            "policy.json",
            null,
            [],
            null,
            null,
            false,
            true,
            "text.txt",
            "out.phrases"
        );
        Assert.Equal(ExitCode.Ok, await OfflineAsync(offline));
        Assert.Contains("common phrases", world.Cli.Output.ToString(), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<CliException>(() => OfflineAsync(offline with { Text = null }));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Fact]
    public async Task A_text_that_has_more_of_the_data_than_phrases_explain_stays_present()
    {
        var records = ExclusionWorld.Records(23, 100);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        world.Cli.Write("text.txt", records[3] + "\n" + records[4]);
        world.Cli.Write("licences/one.txt", records[4]);
        Build("licences", 1);
        var options = new CheckOptions(id, ["text.txt"], null, null, false, false, false, true, null, "out.phrases");
        Assert.Equal(ExitCode.Present, await world.RunAsync(options));

        var broken = File.ReadAllBytes(Path.Combine(world.Cli.Work, "out.phrases"));
        broken[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(world.Cli.Work, "broken.phrases"), broken);
        var failure = await Assert.ThrowsAsync<CliException>(() =>
            world.RunAsync(options with { Subtract = "broken.phrases" })
        );
        Assert.Equal(ExitCode.Incomplete, failure.ExitCode);
    }

    private int Build(string folder, int inFiles) =>
        PhrasesBuildCommand.Run(
            world.Cli.Host,
            new PhrasesOptions([folder], "out.phrases", inFiles, Json: true, Quiet: true),
            default
        );

    private Task<int> OfflineAsync(OfflineOptions options) =>
        new OfflineVerification(world.Cli.Host, options).RunAsync(false, default);

    private JsonElement Last() => JsonDocument.Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
}
