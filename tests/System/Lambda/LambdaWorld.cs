using Lace.Emulator;
using Lace.Tests;

namespace Lace.SystemTests.Lambda;

/// <summary>A data folder with a tenant and its key, and functions of the published program on it.</summary>
public sealed class LambdaWorld : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-lambda-").FullName;

    public LocalData Data { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Data = await LocalData.CreateAsync(PublishedProgram.Path, Path.Combine(folder, "data"));

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>A function of the deployment, with changes to its environment.</summary>
    public FunctionSettings Function(string name, params (string Name, string Value)[] changes)
    {
        var settings = Deployment.Function(name, PublishedProgram.Path, Data.Environment);
        var environment = new Dictionary<string, string>(settings.Environment, StringComparer.Ordinal);
        foreach (var (variable, value) in changes)
        {
            environment[variable] = value;
        }

        return settings with
        {
            Environment = environment,
        };
    }

    /// <summary>An event of <c>tests/events</c>, with the key where one belongs.</summary>
    public byte[] Event(string name) =>
        EventFile.Read(
            Path.Combine(SharedFolder.RepositoryRoot, "tests/events", name + ".json"),
            variable => variable == "LACE_API_KEY" ? Data.Key : null
        );
}
