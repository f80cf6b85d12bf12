using System.Security.Cryptography;
using Lace.Cryptography.Sealing;
using Lace.Records.Training;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>Keeps a sealed state of everything now and then, so that little has to be done again after a crash.</summary>
/// <remarks>
/// It lies under the client's own key, with gradients that wait and the position of noise and sampler; it never leaves the service.
/// Order of writes: the parts, then the client's item, which names them; then the parts of the state before are removed.
/// </remarks>
internal sealed class StateKeeper(WorkerStores stores, WorkerSettings settings, ClientLease lease, WorkerLog log)
{
    private const string Purpose = "state";

    private int changes;
    private TimeSpan computed;

    /// <summary>The last operation that the session contains, as far as it is known here.</summary>
    public long After { get; private set; }

    /// <summary>Brings the session to the newest state; it stays as it is where there is none.</summary>
    /// <exception cref="UnusableException">The state does not open.</exception>
    public async Task RestoreAsync(TrainingSession session)
    {
        if (lease.Client.State is not { } state)
        {
            return;
        }

        using var key = await KeyAsync();
        var (result, content) = await SealedBlobs.OpenAsync(
            stores.Blobs,
            lease.Tenant,
            state.Folder,
            state.Blob,
            key.Plaintext.ToArray(),
            Context(state.Folder)
        );
        if (content is null)
        {
            throw Lost(result.ToString());
        }

        await using (content)
        {
            try
            {
                session.Resume(content);
            }
            catch (Exception refused) when (refused is TrainingRefusedException or PayloadException)
            {
                throw Lost(refused.Message);
            }
        }

        After = state.After;
    }

    /// <summary>An operation was done again.</summary>
    public void Replayed(long seq)
    {
        After = seq;
        changes++;
    }

    /// <summary>An operation has ended and changed the session.</summary>
    public async Task ChangedAsync(TrainingSession session, long seq, TimeSpan duration)
    {
        After = seq;
        changes++;
        computed += duration;
        if (changes >= settings.AutosaveOperations || computed >= settings.AutosaveAfter)
        {
            await KeepAsync(session, onlyIfChanged: true);
        }
    }

    public async Task KeepAsync(TrainingSession session, bool onlyIfChanged)
    {
        if (onlyIfChanged && changes == 0)
        {
            return;
        }

        var folder =
            $"{TrainingIds.Folder(lease.ClientId)}state-{After:D10}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}/";
        using var key = await KeyAsync();
        var blob = await SealedBlobs.WriteAsync(
            stores.Blobs,
            lease.Tenant,
            folder,
            key.Plaintext.ToArray(),
            Context(folder),
            session.Suspend
        );
        var state = new SuspendedState(After, folder, blob, stores.Clock.GetUtcNow());
        var before = await lease.KeepStateAsync(state);
        (changes, computed) = (0, TimeSpan.Zero);
        log.Write("state_kept", ("after", After), ("bytes", blob.Bytes));
        if (before is not null)
        {
            await SealedBlobs.DeleteAsync(stores.Blobs, lease.Tenant, before.Folder, before.Blob);
        }
    }

    private async Task<Lace.Platform.DataKey> KeyAsync() =>
        await stores.Keys.UnwrapDataKeyAsync(lease.Tenant, Payloads.KeyContext(lease.ClientId), lease.Client.PayloadKey)
        ?? throw Lost("its key is gone");

    private SealContext Context(string folder) => new(lease.Tenant.Value, Purpose, folder);

    private static UnusableException Lost(string why) =>
        new("STATE_LOST", $"The stored state of this training does not open: {why}.", OperationError.Server);
}
