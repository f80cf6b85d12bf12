using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Worker.Training;

/// <summary>What a state says of itself, in the metadata of its safetensors header.</summary>
/// <param name="V">Of this format.</param>
/// <param name="Suspended">
/// It holds what waits for an optimizer step. Under privacy that is a sum without noise: such a state never leaves the service.
/// </param>
/// <param name="Plan">Digest of the plan.</param>
/// <param name="Base">Digest of the weights that the training began with.</param>
/// <param name="Key">Name of the key under which it was made; nothing of the key itself.</param>
/// <param name="Step">Optimizer steps in the weights.</param>
/// <param name="Position">Steps ever made under the key.</param>
/// <param name="Examples">In the sums; 0 where there are none.</param>
/// <param name="Passes">Forward passes since the last step.</param>
/// <param name="Optimizer">Whether the optimizer's state is there.</param>
/// <param name="History">What ε is computed from.</param>
/// <param name="DeclaredSteps">Of those, steps with batches that the caller drew.</param>
internal sealed record StateHeader(
    int V,
    bool Suspended,
    string Plan,
    string Base,
    string Key,
    long Step,
    long Position,
    long Examples,
    long Passes,
    bool Optimizer,
    IReadOnlyList<StatePhase> History,
    long DeclaredSteps
)
{
    public const int Version = 1;

    private const string FormatMember = "format";
    private const string Format = "lace.training-state";
    private const string StateMember = "state";

    public IReadOnlyDictionary<string, string> ToMetadata() =>
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [FormatMember] = Format,
            [StateMember] = JsonSerializer.Serialize(this, StateJson.Default.StateHeader),
        };

    /// <exception cref="TrainingRefusedException">It is no state, or of another version.</exception>
    public static StateHeader Of(IReadOnlyDictionary<string, string> metadata)
    {
        if (
            metadata.Count != 2
            || metadata.GetValueOrDefault(FormatMember) != Format
            || metadata.GetValueOrDefault(StateMember) is not { } json
        )
        {
            throw new TrainingRefusedException("The artifact is no training state.");
        }

        try
        {
            var header = JsonSerializer.Deserialize(json, StateJson.Default.StateHeader);
            return header?.V == Version && header.IsPossible
                ? header
                : throw new TrainingRefusedException(
                    $"The training state is of version {header?.V}, or its figures cannot be; version {Version} is read."
                );
        }
        catch (JsonException)
        {
            throw new TrainingRefusedException("The description of the training state cannot be read.");
        }
    }

    private bool IsPossible =>
        Step >= 0
        && Position >= Step
        && Examples >= 0
        && Passes >= 0
        && DeclaredSteps >= 0
        && DeclaredSteps <= History.Sum(phase => (decimal)phase.Steps)
        && (Suspended || (Examples == 0 && Passes == 0));
}

/// <summary>Steps with one mechanism.</summary>
internal sealed record StatePhase(double SampleRate, double NoiseMultiplier, long Steps);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(StateHeader))]
internal sealed partial class StateJson : JsonSerializerContext;
