using System.CommandLine;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;
using Lace.Tests.Functions;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Cli;

/// <summary><c>lace log</c> against the real application and its data folder.</summary>
public sealed class LogCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-log-").FullName;
    private LaceApp app = null!;
    private LogKeys keys = null!;

    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync();
        keys = app.Services.GetRequiredService<LogKeys>();
        var hashes = new List<MerkleHash>();
        for (var i = 0; i < 3; i++)
        {
            var promise = app.Services.GetRequiredService<PendingEntries>().Promise(Body(i));
            Assert.True(await app.Services.GetRequiredService<IItemStore>().WriteAsync(promise));
            hashes.Add(MerkleTree.HashLeaf(Body(i)));
            Assert.NotNull(
                await app.Services.GetRequiredService<LogIndex>().WaitAsync(hashes, TimeSpan.FromMinutes(1))
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_whole_log_is_whole_in_its_folder_and_over_HTTP()
    {
        foreach (var where in new[] { app.Folder, LogFolder, app.Address.ToString(), $"{app.Address}v1/log" })
        {
            var (code, output, error) = await LaceAsync(["log", "fsck", where, .. Vkeys]);
            Assert.Equal((0, ""), (code, error));
            Assert.Contains("signatures     passed", output, StringComparison.Ordinal);
            Assert.Contains("whole: 3 entries hashed", output, StringComparison.Ordinal);
            (code, output, _) = await LaceAsync("log", "fsck", where, "--json");
            var result = JsonDocument.Parse(output).RootElement;
            Assert.Equal((0, true), (code, result.GetProperty("whole").GetBoolean()));
            Assert.Equal("not_checked", result.GetProperty("signatures").GetString());
            Assert.Equal(keys.Origin, result.GetProperty("origin").GetString());
        }
    }

    [Fact]
    public async Task Every_changed_file_is_named()
    {
        var files = Directory
            .GetFiles(Path.Combine(LogFolder, "tile"), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(LogFolder, file))
            .ToList();
        Assert.Equal(6, files.Count);
        foreach (var file in files)
        {
            var path = Path.Combine(LogFolder, file);
            var content = await File.ReadAllBytesAsync(path);
            content[^1] ^= 1;
            await File.WriteAllBytesAsync(path, content);
            var (code, output, _) = await LaceAsync(["log", "fsck", app.Folder, .. Vkeys]);
            Assert.Equal(11, code);
            Assert.Contains("NOT WHOLE", output, StringComparison.Ordinal);
            Assert.Contains(file.EndsWith('3') ? "wrong_" : file, output, StringComparison.Ordinal);
            content[^1] ^= 1;
            await File.WriteAllBytesAsync(path, content);
        }
    }

    [Fact]
    public async Task A_checkpoint_that_the_keys_did_not_sign_is_not_whole()
    {
        var other = await LogKeys.OpenAsync(new Functions.TransparencyLog.MemorySigningKeys());
        var (code, output, _) = await LaceAsync("log", "fsck", app.Folder, "--vkey", other.Verifiers[0].ToString());
        Assert.Equal(11, code);
        Assert.Contains("signatures     failed", output, StringComparison.Ordinal);
        (code, output, _) = await LaceAsync("log", "fsck", app.Folder, "--policy", await OwnPolicyAsync());
        Assert.Equal(0, code);
        Assert.Contains("signatures     passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_that_lead_in_circles_do_not_hold_up_fsck()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links to folders need a right there.");
        foreach (var name in (string[])["a", "b", "c"])
        {
            Directory.CreateSymbolicLink(Path.Combine(LogFolder, "tile", name), Path.Combine(LogFolder, "tile"));
        }

        var fsck = Task.Run(() => LaceAsync(["log", "fsck", LogFolder, .. Vkeys]));
        await Until.HoldsAsync(() => fsck.IsCompleted, "the end of fsck");
        Assert.Equal(0, (await fsck).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_in_the_place_of_a_file_is_damage_and_does_not_hold_up_fsck(bool behindLink)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such files there.");
        var tile = Directory.GetFiles(Path.Combine(LogFolder, "tile", "entries"), "*", SearchOption.AllDirectories)[0];
        File.Delete(tile);
        var pipe = behindLink ? Path.Combine(folder, "pipe") : tile;
        using var maker = System.Diagnostics.Process.Start("mkfifo", pipe);
        await maker.WaitForExitAsync();
        if (behindLink)
        {
            File.CreateSymbolicLink(tile, pipe);
        }

        var fsck = Task.Run(() => LaceAsync(["log", "fsck", LogFolder, .. Vkeys]));
        await Until.HoldsAsync(() => fsck.IsCompleted, "the end of fsck");
        var (code, output, _) = await fsck;
        Assert.Equal(11, code);
        Assert.Contains(Path.GetRelativePath(LogFolder, tile), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_file_of_known_length_is_read_or_refused_in_one_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no such files there.");
        var (proof, entry) = (Path.Combine(folder, "X.tlog-proof"), Path.Combine(folder, "entry"));
        var made = await LaceAsync(
            "log",
            "proof",
            "--server",
            app.Address.ToString(),
            "--index",
            "1",
            "--entry",
            entry
        );
        await File.WriteAllTextAsync(proof, made.Output);
        var pipe = Path.Combine(folder, "pipe");
        using var maker = System.Diagnostics.Process.Start("mkfifo", pipe);
        await maker.WaitForExitAsync();
        var verified = Task.Run(() => LaceAsync(["log", "verify", pipe, "--entry", entry, .. Vkeys]));
        await File.WriteAllTextAsync(pipe, made.Output);
        Assert.Equal((0, ""), ((await verified).Code, (await verified).Error));
        foreach (var (what, expected) in ((string, int)[])[("/dev/zero", 11), (folder, 3), ("/dev/null", 11)])
        {
            var (code, _, error) = await LaceAsync(["log", "verify", what, "--entry", entry, .. Vkeys]);
            Assert.Equal((what, expected), (what, code));
            Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            (code, _, _) = await LaceAsync(["log", "verify", proof, "--entry", what, .. Vkeys]);
            Assert.Equal((what, expected), (what, code));
        }
    }

    [Fact]
    public async Task A_proof_is_made_online_and_verified_offline()
    {
        var (proof, entry) = (Path.Combine(folder, "X.tlog-proof"), Path.Combine(folder, "entry"));
        var (code, output, error) = await LaceAsync(
            "log",
            "proof",
            "--server",
            app.Address.ToString(),
            "--index",
            "1",
            "--entry",
            entry
        );
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(Body(1), await File.ReadAllBytesAsync(entry));
        await File.WriteAllTextAsync(proof, output);

        (code, output, _) = await LaceAsync(["log", "verify", proof, "--entry", entry, .. Vkeys]);
        Assert.Equal(0, code);
        Assert.StartsWith("included: index 1 of 3 entries", output, StringComparison.Ordinal);
        var policy = Path.Combine(folder, "policy");
        await File.WriteAllBytesAsync(policy, await app.Anonymous.GetByteArrayAsync("/v1/log/policy"));
        (code, output, _) = await LaceAsync("log", "verify", proof, "--entry", entry, "--policy", policy, "--json");
        Assert.Equal((0, true), (code, JsonDocument.Parse(output).RootElement.GetProperty("included").GetBoolean()));

        var own = await OwnPolicyAsync();
        (code, _, _) = await LaceAsync("log", "verify", proof, "--entry", entry, "--policy", own);
        Assert.Equal(0, code);
        (code, output, _) = await LaceAsync(
            "log",
            "proof",
            "--server",
            app.Address.ToString(),
            "--index",
            "1",
            "--json"
        );
        var made = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, await File.ReadAllTextAsync(proof)), (code, made.GetProperty("proof").GetString()));
        (code, _, error) = await LaceAsync(["log", "verify", proof, "--entry", entry, .. Vkeys, .. Vkeys]);
        Assert.Equal(2, code);
        Assert.Single(error.TrimEnd().Split('\n'));

        await File.WriteAllBytesAsync(entry, Body(2));
        (code, output, _) = await LaceAsync(["log", "verify", proof, "--entry", entry, .. Vkeys]);
        Assert.Equal(11, code);
        Assert.StartsWith("NOT INCLUDED", output, StringComparison.Ordinal);
        (code, _, error) = await LaceAsync("log", "verify", proof, "--entry", entry);
        Assert.Equal(2, code);
        Assert.Contains("--vkey or --policy", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_checkpoint_is_held_against_the_log()
    {
        var kept = Path.Combine(folder, "kept");
        await File.WriteAllBytesAsync(kept, await app.Anonymous.GetByteArrayAsync("/v1/log/checkpoint"));
        string[] command = ["log", "consistency", kept, "--server", app.Address.ToString(), .. Vkeys];
        var (code, output, error) = await LaceAsync(command);
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("consistent: ", output, StringComparison.Ordinal);

        // Signed by the log, and never shown: as a log that forked would have it.
        var checkpoint = new Lace.Evidence.Transparency.Notes.Checkpoint(keys.Origin, 2, MerkleTree.HashLeaf([]));
        var forked = await keys.SignAsync(checkpoint, DateTimeOffset.UnixEpoch.AddDays(1), default);
        await File.WriteAllTextAsync(kept, forked.ToString());
        (code, output, _) = await LaceAsync(command);
        Assert.Equal(11, code);
        Assert.StartsWith("NOT CONSISTENT", output, StringComparison.Ordinal);
        Assert.EndsWith("signatures passed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, "log", "fsck", "/nowhere/at/all")]
    [InlineData(10, "log", "proof", "--index", "3")]
    [InlineData(10, "log", "proof", "--index", "-1")]
    [InlineData(2, "log", "fsck", ".", "--vkey", "no key")]
    [InlineData(3, "log", "verify", "nowhere", "--entry", "nowhere", "--policy", "nowhere")]
    [InlineData(3, "log", "consistency", "nowhere")]
    [InlineData(2, "log", "proof")]
    public async Task Failures_are_one_line_and_an_exit_code(int code, params string[] command)
    {
        string[] at = command is ["log", "proof", ..] ? ["--base-url", app.Address.ToString()] : [];
        if (command is [_, _, ".", ..])
        {
            command[2] = app.Folder;
        }

        var (actual, output, error) = await LaceAsync([.. command, .. at]);
        Assert.Equal((code, ""), (actual, output));
        Assert.StartsWith("lace: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private string LogFolder =>
        Path.Combine(app.Folder, "blobs", "service", new LogPlace(keys.Origin).Folder.TrimEnd('/'));

    private string[] Vkeys => [.. keys.Verifiers.SelectMany(key => new[] { "--vkey", key.ToString() })];

    private async Task<string> OwnPolicyAsync()
    {
        var path = Path.Combine(folder, "policy.json");
        await File.WriteAllBytesAsync(path, await app.Anonymous.GetByteArrayAsync("/v1/log/policy.json"));
        return path;
    }

    private static byte[] Body(int i) => Encoding.UTF8.GetBytes($"entry {i}");

    private static async Task<(int Code, string Output, string Error)> LaceAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Lace.Cli.Program.RunAsync(
            args,
            new InvocationConfiguration { Output = output, Error = error }
        );
        return (code, output.ToString(), error.ToString());
    }
}
