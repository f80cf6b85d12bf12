using Lace.Moto;

namespace Lace.SystemTests.Platform.Aws;

// The contracts again while about one request in five fails: refused, failed, or cut off before or after it took effect.

public sealed class AwsItemStoreUnderFaultsTests(MotoFixture moto) : AwsItemStoreTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 1, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter, AwsFault.Dropped, AwsFault.Lost);

    private protected override bool MayLoseAnswers => true;
}

public sealed class AwsBlobStoreUnderFaultsTests(MotoFixture moto) : AwsBlobStoreTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 2, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter, AwsFault.Dropped, AwsFault.Lost);
}

public sealed class AwsKeyServiceUnderFaultsTests(MotoFixture moto) : AwsKeyServiceTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 3, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter, AwsFault.Dropped, AwsFault.Lost);
}

/// <summary>Without the faults after which SQS itself may deliver twice, or later: those the queue's promise allows, and the contract counts.</summary>
public sealed class AwsQueueUnderFaultsTests(MotoFixture moto) : AwsQueueTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 4, AwsFault.Throttled, AwsFault.Failed, AwsFault.Dropped);
}

public sealed class AwsJobsUnderFaultsTests(MotoFixture moto) : AwsJobsTests(moto)
{
    private protected override void Arrange(AwsFaults faults) =>
        faults.OneIn(5, 5, AwsFault.Throttled, AwsFault.Failed, AwsFault.FailedAfter, AwsFault.Dropped, AwsFault.Lost);
}
