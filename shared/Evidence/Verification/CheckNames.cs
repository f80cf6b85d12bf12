namespace Lace.Evidence.Verification;

/// <summary>The names of protocol §8, in the order in which the checks are listed.</summary>
public static class CheckNames
{
    public const string AttestationComplete = "attestation_complete";
    public const string NotRevoked = "attestation_not_revoked";
    public const string RootRecomputed = "root_recomputed";
    public const string CommittedFirst = "committed_before_training";
    public const string ChainUnbroken = "chain_unbroken";
    public const string ReceivedLive = "received_live";
    public const string OrderBound = "order_bound";
    public const string RecordIndices = "record_indices_valid";
    public const string TokenCounts = "token_counts";
    public const string Trajectory = "trajectory";
    public const string UndeclaredSteps = "undeclared_steps";
    public const string TransparencyLog = "transparency_log";
    public const string Hardware = "hardware";
    public const string Replay = "replay";
}
