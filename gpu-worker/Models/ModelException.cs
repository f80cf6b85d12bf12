namespace Lace.Worker.Models;

/// <summary>A model folder, adapter or tokenizer that cannot be used as it is; the message names the file and what is wrong with it.</summary>
public sealed class ModelException : Exception
{
    public ModelException(string message)
        : base(message) { }

    public ModelException(string message, Exception? inner)
        : base(message, inner) { }
}
