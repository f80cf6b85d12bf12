namespace Lace.Evidence.Statements;

/// <summary>Checks one signature of a statement against the keys that the caller trusts.</summary>
public static class StatementVerification
{
    /// <param name="keys">Of the verifier's policy; those of other algorithms are passed over.</param>
    /// <param name="time">When the statement was made, by what the caller trusts for time.</param>
    public static SignatureVerdict Verify(
        Statement statement,
        StatementAlgorithm algorithm,
        StatementSignature signature,
        IEnumerable<StatementKey> keys,
        DateTimeOffset time
    )
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(signature);
        var named = keys.FirstOrDefault(key => key.Algorithm == algorithm && key.Id == signature.KeyId);
        return named is null ? SignatureVerdict.UnknownKey
            : !named.IsValidAt(time) ? SignatureVerdict.KeyNotValidThen
            : named.Verify(statement.Pae.Span, signature.Signature.Span) ? SignatureVerdict.Valid
            : SignatureVerdict.WrongSignature;
    }
}

/// <summary>What came of checking a signature.</summary>
public enum SignatureVerdict
{
    /// <summary>The zero value: nothing was checked.</summary>
    NotChecked,

    /// <summary>Made by a trusted key over exactly this statement.</summary>
    Valid,

    /// <summary>No trusted key of the algorithm has the key id.</summary>
    UnknownKey,

    /// <summary>The key is trusted for another time.</summary>
    KeyNotValidThen,

    /// <summary>Not a signature of that key over this statement.</summary>
    WrongSignature,
}
