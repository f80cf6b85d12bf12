namespace Lace.Tests.Functions.Train;

/// <summary>One application with a model; each test has a tenant of its own.</summary>
public sealed class TrainAppFixture : IAsyncLifetime
{
    internal LaceApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        App = await LaceApp.StartAsync();
        App.AddModel();
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
