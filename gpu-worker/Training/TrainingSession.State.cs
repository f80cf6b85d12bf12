using Lace.Privacy;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.Worker.Training;

/// <content>States: the artifacts of users, and what a worker leaves for the next one.</content>
public sealed partial class TrainingSession
{
    /// <summary>
    /// Writes the weights that are trained, and the optimizer's state where wanted. Gradients that wait for a step are left out:
    /// under privacy they have no noise yet, and this state may leave the service.
    /// </summary>
    public void Save(Stream stream, bool includeOptimizer)
    {
        Refuse(null);
        Write(stream, includeOptimizer, suspended: false);
    }

    /// <summary>
    /// Writes everything, so that <see cref="Resume"/> goes on bit for bit: also gradients that wait for a step, without noise. For
    /// the service itself: whoever lets a state out must refuse one of this kind (<see cref="IsSuspended"/>).
    /// </summary>
    public void Suspend(Stream stream)
    {
        Refuse(null);
        Write(stream, withOptimizer: true, suspended: true);
    }

    /// <summary>Whether a state is of the kind that never leaves the service.</summary>
    /// <param name="stream">At its beginning; the header is read.</param>
    public static bool IsSuspended(Stream stream)
    {
        try
        {
            return StateHeader.Of(SafeTensorsHeader.Read(stream).Metadata).Suspended;
        }
        catch (ModelException damaged)
        {
            throw new TrainingRefusedException($"The training state is damaged: {damaged.Message}");
        }
    }

    /// <summary>Goes on where <see cref="Suspend"/> (or <see cref="Save"/> with the optimizer) left off, under the same key.</summary>
    /// <exception cref="TrainingRefusedException">It is the state of another training, key or base model, or damaged; nothing was changed.</exception>
    public void Resume(Stream stream)
    {
        using var scope = NewDisposeScope();
        var state = Read(
            stream,
            withOptimizer: true,
            header =>
                header.Key != keyId
                    ? "The state was made under another noise key: it can be loaded (load_state), not gone on with."
                    : null
        );
        var history = TrainingState.HistoryOf(state.Header); // may refuse, so before anything is changed
        Take(state, withOptimizer: true);
        (Step, Position) = (state.Header.Step, state.Header.Position);
        accountant?.Set(history, state.Header.DeclaredSteps);
        broken = false;
    }

    /// <summary>
    /// Replaces the weights by those of an artifact, of this training or another by the same plan on the same base model. Gradients
    /// that wait are dropped.
    /// </summary>
    /// <param name="withOptimizer">False: the optimizer begins afresh.</param>
    /// <remarks>
    /// <see cref="Position"/> stays where it is, so that neither noise nor batches come a second time. What this session has spent stays
    /// spent; what the artifact spent elsewhere is added.
    /// </remarks>
    /// <returns>The history that came with an artifact of another key; empty for one of our own.</returns>
    /// <exception cref="TrainingRefusedException">As <see cref="Resume"/>.</exception>
    public PrivacyHistory Load(Stream stream, bool withOptimizer)
    {
        Refuse(null);
        using var scope = NewDisposeScope();
        var state = Read(
            stream,
            withOptimizer,
            header =>
                header.Suspended ? "The state is a worker's own, no artifact."
                : header.Key == keyId && header.Position > Position
                    ? "The state was made under this key by a later step than this session knows of."
                : null
        );
        var foreign = state.Header.Key == keyId ? PrivacyHistory.Empty : TrainingState.HistoryOf(state.Header);
        Take(state, withOptimizer);
        Step = state.Header.Step;
        if (foreign.Steps > 0)
        {
            accountant?.Add(foreign, state.Header.DeclaredSteps);
        }

        return foreign;
    }

    private void Write(Stream stream, bool withOptimizer, bool suspended)
    {
        using var scope = NewDisposeScope();
        var header = new StateHeader(
            StateHeader.Version,
            suspended,
            plan.Digest,
            model.WeightsDigest,
            keyId,
            Step,
            Position,
            suspended ? sum.Examples : 0,
            suspended ? sum.Passes : 0,
            withOptimizer,
            [
                .. History.Phases.Select(phase => new StatePhase(
                    phase.Mechanism.SampleRate,
                    phase.Mechanism.NoiseMultiplier,
                    phase.Steps
                )),
            ],
            DeclaredSteps
        );
        SafeTensors.Write(
            stream,
            Places(header).Select(place => SafeTensorsContent.Of(place.Name, place.Tensor)),
            header.ToMetadata()
        );
    }

    private TrainingState Read(Stream stream, bool withOptimizer, Func<StateHeader, string?> refusal) =>
        TrainingState.Read(
            stream,
            header =>
                (
                    header.Plan != plan.Digest ? "The state is of a training by another plan."
                    : header.Base != model.WeightsDigest
                        ? "The state was trained from other base weights than this session's."
                    : withOptimizer && !header.Optimizer
                        ? "The state was saved without its optimizer; it can be loaded without one."
                    : refusal(header),
                    [.. Places(header).Select(place => StateTensor.Of(place.Name, place.Tensor))]
                )
        );

    private void Take(TrainingState state, bool withOptimizer)
    {
        using var guard = no_grad();
        broken = true;
        sum.Clear();
        foreach (var (name, tensor) in Places(state.Header))
        {
            if (withOptimizer || !name.StartsWith("optimizer.", StringComparison.Ordinal))
            {
                tensor.copy_(state[name]);
            }
        }

        (sum.Examples, sum.Passes) = (state.Header.Examples, state.Header.Passes);
        if (!withOptimizer)
        {
            optimizer.reset();
        }

        broken = false;
    }

    /// <summary>The tensors that a state with this header holds, where they live in this session.</summary>
    private IEnumerable<(string Name, Tensor Tensor)> Places(StateHeader header)
    {
        var trained = model.Trainable;
        foreach (var parameter in trained)
        {
            yield return ("model." + parameter.Name, parameter.Tensor);
        }

        if (header.Optimizer)
        {
            foreach (var (name, tensor) in optimizer.state)
            {
                yield return ("optimizer." + name, tensor);
            }
        }

        if (header.Passes > 0)
        {
            for (var slot = 0; slot < trained.Count; slot++)
            {
                yield return ("sum." + trained[slot].Name, sum.Sums[slot]);
            }
        }
    }
}
