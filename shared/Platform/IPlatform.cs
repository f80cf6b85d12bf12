namespace Lace.Platform;

/// <summary>One set of ports: the folder of one machine, or the services of an AWS account.</summary>
public interface IPlatform : IDisposable
{
    IItemStore Items { get; }

    IBlobStore Blobs { get; }

    IKeyService Keys { get; }

    IJobs Jobs { get; }

    /// <summary>The queue of that name: 1 to 40 lower-case letters, digits or hyphens.</summary>
    IQueue Queue(string name);
}
