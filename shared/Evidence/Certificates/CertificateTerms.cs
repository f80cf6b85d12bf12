namespace Lace.Evidence.Certificates;

/// <summary>The words of a certificate that has one spelling for each.</summary>
public static class CertificateTerms
{
    public const string SampledGaussian = "sampled_gaussian";

    public const string Record = "record";

    public const string AddOrRemoveOne = "add_or_remove_one";

    public const string Poisson = "poisson";

    public const string Lora = "lora";

    public const string Full = "full";

    public const string Rdp = "rdp";

    public const string Pld = "pld";

    public const string ChaCha20 = "chacha20";

    public const string Aes256Ctr = "aes-256-ctr";

    /// <summary>Cryptographic generators of the noise.</summary>
    public static IReadOnlyList<string> Generators { get; } = [ChaCha20, Aes256Ctr];

    /// <summary>Most phases, as in a history of Lace.Privacy.</summary>
    public const int MostPhases = 64;

    /// <summary>Most characters of an id.</summary>
    public const int MaxId = 64;

    /// <summary>Most characters of a model's name, a program's name or its version.</summary>
    public const int MaxText = 200;
}
