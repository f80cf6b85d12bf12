using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace Lace.Moto;

/// <summary>
/// The signing keys of KMS: moto lacks Ed25519, ML-DSA-44 and ML-DSA-65, and with P-256 it hashes a digest once more. Not KMS: it
/// shows that the adapter asks as the documentation of KMS says, and that what it makes of the answers verifies.
/// </summary>
public sealed class KmsStandIn
{
    private readonly ConcurrentDictionary<string, StandInKey> keys = new(StringComparer.Ordinal);

    /// <summary>Null for what moto can do itself.</summary>
    internal StandInAnswer? Answer(AwsRequest request)
    {
        if (request.Service != AwsService.Kms)
        {
            return null;
        }

        var asked = request.Json;
        if (request.Operation == "CreateKey")
        {
            return StandInKey.Make((string?)asked["KeySpec"] ?? "") is { } made ? Add(made) : null;
        }

        return (string?)asked["KeyId"] is { } id && keys.TryGetValue(id, out var key)
            ? request.Operation switch
            {
                "GetPublicKey" => Good(
                    new JsonObject { ["KeyId"] = id, ["PublicKey"] = Convert.ToBase64String(key.PublicKeyInfo) }
                ),
                "ScheduleKeyDeletion" => Delete(id, key),
                "Sign" => Sign(id, key, asked),
                _ => Refused("UnsupportedOperationException", request.Operation),
            }
            : null;
    }

    private StandInAnswer Add(StandInKey key)
    {
        var id = Guid.NewGuid().ToString();
        keys[id] = key;
        return Good(
            new JsonObject
            {
                ["KeyMetadata"] = new JsonObject
                {
                    ["KeyId"] = id,
                    ["KeySpec"] = key.Spec,
                    ["KeyUsage"] = "SIGN_VERIFY",
                    ["KeyState"] = "Enabled",
                    ["Enabled"] = true,
                },
            }
        );
    }

    private static StandInAnswer Delete(string id, StandInKey key)
    {
        if (key.IsDeleted)
        {
            return Refused("KMSInvalidStateException", $"{id} is pending deletion.");
        }

        key.IsDeleted = true;
        return Good(new JsonObject { ["KeyId"] = id, ["KeyState"] = "PendingDeletion" });
    }

    private static StandInAnswer Sign(string id, StandInKey key, JsonObject asked)
    {
        if (key.IsDeleted)
        {
            return Refused("KMSInvalidStateException", $"{id} is pending deletion.");
        }

        var message = Convert.FromBase64String((string)asked["Message"]!);
        var (algorithm, type) = ((string?)asked["SigningAlgorithm"], (string?)asked["MessageType"]);
        return key.Sign(message, algorithm, type) is { } signature
            ? Good(new JsonObject { ["KeyId"] = id, ["Signature"] = Convert.ToBase64String(signature) })
            : Refused(
                "ValidationException",
                $"{key.Spec} does not sign {type} of {message.Length} bytes by {algorithm}."
            );
    }

    private static StandInAnswer Good(JsonObject answer) => new(200, Encoding.UTF8.GetBytes(answer.ToJsonString()));

    private static StandInAnswer Refused(string code, string text) =>
        new(400, Encoding.UTF8.GetBytes(new JsonObject { ["__type"] = code, ["message"] = text }.ToJsonString()));
}

internal sealed record StandInAnswer(int Status, byte[] Body);
