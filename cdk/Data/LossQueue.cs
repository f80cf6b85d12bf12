using Amazon.CDK;
using Amazon.CDK.AWS.KMS;
using Amazon.CDK.AWS.SQS;
using Constructs;

namespace Lace.Cdk.Data;

/// <summary>Segments of losses that were accepted and not read yet, and those that could not be stored after several attempts.</summary>
internal sealed class LossQueue
{
    /// <summary>Of the function that reads it. A message stays hidden for six times as long, as Lambda asks for.</summary>
    public static readonly Duration ConsumerTimeout = Duration.Seconds(60);

    /// <summary>Lace.Platform.Aws, SqsQueue.MaxReceives: the last time the reader records what it could not store.</summary>
    private const int MaxReceives = 5;

    public LossQueue(Construct scope, Stage stage, IKey key)
    {
        DeadLetters = Create(scope, "LossesDead", stage, key, new QueueProps());
        Queue = Create(
            scope,
            "Losses",
            stage,
            key,
            new QueueProps
            {
                VisibilityTimeout = Duration.Seconds(ConsumerTimeout.ToSeconds() * 6),
                DeadLetterQueue = new DeadLetterQueue { Queue = DeadLetters, MaxReceiveCount = MaxReceives },
            }
        );
    }

    public Queue Queue { get; }

    public Queue DeadLetters { get; }

    private static Queue Create(Construct scope, string id, Stage stage, IKey key, QueueProps own) =>
        new(
            scope,
            id,
            new QueueProps
            {
                VisibilityTimeout = own.VisibilityTimeout,
                DeadLetterQueue = own.DeadLetterQueue,
                RetentionPeriod = Duration.Days(14),
                Encryption = QueueEncryption.KMS,
                EncryptionMasterKey = key,
                DataKeyReuse = Duration.Hours(1),
                EnforceSSL = true,
                RemovalPolicy = DataStack.RemovalOf(stage),
            }
        );
}
