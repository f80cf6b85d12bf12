namespace Lace.Torch;

/// <summary>
/// Owns the tensors that its thread makes while it is the innermost open one, and frees them when it is disposed. The garbage
/// collector sees eight bytes of a tensor and would let gigabytes pile up, so there is no tensor without a scope.
/// </summary>
/// <remarks>A scope belongs to the thread that opened it: do not <c>await</c> inside.</remarks>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? innermost;

    private readonly DisposeScope? outer = innermost;
    private readonly int thread = Environment.CurrentManagedThreadId;
    private Tensor?[] tensors = new Tensor?[16];
    private int count;
    private bool disposed;

    internal DisposeScope()
    {
        innermost = this;
    }

    /// <summary>How many tensors would be freed now.</summary>
    public int Count => count;

    internal static DisposeScope? InnermostOrNull => innermost;

    /// <summary>Asked before several handles come back at once: the second would be lost if the first found no scope.</summary>
    internal static void Require() => _ = Innermost;

    internal static DisposeScope Innermost => innermost ?? throw NoScope();

    /// <summary>Leaves a tensor to the scope around this one, which frees it.</summary>
    /// <exception cref="InvalidOperationException">There is none around this one, or the tensor is not of this scope.</exception>
    public Tensor MoveToOuter(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        CheckThread();
        if (tensor.Scope != this)
        {
            throw new InvalidOperationException("The tensor does not belong to this scope.");
        }

        var around = outer ?? throw new InvalidOperationException("There is no scope around this one.");
        Remove(tensor);
        around.Add(tensor);
        return tensor;
    }

    /// <summary>Frees its tensors, and those of scopes opened inside it and not disposed.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        CheckThread();
        while (innermost != this)
        {
            innermost!.Close();
        }

        Close();
    }

    internal void Add(Tensor tensor)
    {
        if (count == tensors.Length)
        {
            Array.Resize(ref tensors, 2 * count);
        }

        tensor.EnterScope(this, count);
        tensors[count++] = tensor;
    }

    /// <summary>Forgets a tensor that is its own owner's, or freed, from now on.</summary>
    internal void Remove(Tensor tensor)
    {
        var index = tensor.IndexInScope;
        var last = tensors[--count]!;
        tensors[count] = null;
        if (last != tensor)
        {
            tensors[index] = last;
            last.EnterScope(this, index);
        }

        tensor.EnterScope(null, 0);
    }

    internal void CheckThread()
    {
        if (thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException(
                "A dispose scope and its tensors are released on the thread that opened it."
            );
        }
    }

    internal static InvalidOperationException NoScope() =>
        new("A tensor is made in a dispose scope: using var scope = torch.NewDisposeScope();");

    private void Close()
    {
        innermost = outer;
        disposed = true;
        for (var i = count - 1; i >= 0; i--)
        {
            tensors[i]!.Free();
        }

        count = 0;
        tensors = [];
    }
}
