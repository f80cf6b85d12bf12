using System.Text.Json.Serialization;

namespace Lace.Evidence.LossLog;

/// <summary>How the order of a run's batches is bound (protocol §6).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BatchOrder>))]
public enum BatchOrder
{
    /// <summary>No record indices come with the losses.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,

    /// <summary>Indices come with their losses; nothing was committed before.</summary>
    [JsonStringEnumMemberName("streamed")]
    Streamed,

    /// <summary>The whole order of an epoch was committed before its first loss.</summary>
    [JsonStringEnumMemberName("epoch")]
    Epoch,

    /// <summary>The order follows from the dataset root and a nonce that the server drew afterwards.</summary>
    [JsonStringEnumMemberName("nonce")]
    Nonce,
}
