using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Lace.Tests.Architecture;

/// <summary>
/// <c>missing ? null : memory</c> is an empty memory, not null: null converts to an array, and an array to a memory. Where the result
/// is a <c>ReadOnlyMemory&lt;byte&gt;?</c>, what is not there then looks like something without content.
/// </summary>
public sealed class EmptyMemoryTests
{
    private const byte LoadNull = 0x14;
    private const byte Call = 0x28;

    [Fact]
    public void No_null_becomes_an_empty_memory()
    {
        var own = Directory
            .GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(path =>
                Path.GetFileName(path) is "lace.dll"
                || Path.GetFileName(path).StartsWith("Lace.", StringComparison.Ordinal)
            )
            .Where(path => path != typeof(EmptyMemoryTests).Assembly.Location)
            .ToList();
        Assert.Contains(own, path => Path.GetFileName(path) == "Lace.Functions.dll");
        Assert.Empty(own.SelectMany(Found));
    }

    [Fact]
    public void It_would_be_seen() =>
        Assert.Equal([$"{nameof(EmptyMemoryTests)}.{nameof(Trap)}"], Found(typeof(EmptyMemoryTests).Assembly.Location));

    [Fact]
    public void It_is_as_said() => Assert.True(Trap(missing: true, new byte[1]) is { IsEmpty: true });

    private static ReadOnlyMemory<byte>? Trap(bool missing, ReadOnlyMemory<byte> memory) => missing ? null : memory;

    /// <summary>Methods of the assembly in which the conversion from an array has null.</summary>
    private static List<string> Found(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        var found = new List<string>();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0)
            {
                continue;
            }

            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
            for (var i = 0; i + 5 < code.Length; i++)
            {
                if (
                    code[i] == LoadNull
                    && code[i + 1] == Call
                    && IsToMemory(metadata, BitConverter.ToInt32(code, i + 2))
                )
                {
                    var type = metadata.GetTypeDefinition(method.GetDeclaringType());
                    found.Add($"{metadata.GetString(type.Name)}.{metadata.GetString(method.Name)}");
                }
            }
        }

        return found;
    }

    private static bool IsToMemory(MetadataReader metadata, int token)
    {
        const int memberReference = 0x0A;
        var row = token & 0xFFFFFF;
        if (token >> 24 != memberReference || row == 0 || row > metadata.GetTableRowCount(TableIndex.MemberRef))
        {
            return false;
        }

        var member = metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row));
        if (metadata.GetString(member.Name) != "op_Implicit" || member.Parent.Kind != HandleKind.TypeSpecification)
        {
            return false;
        }

        var signature = metadata.GetBlobReader(
            metadata.GetTypeSpecification((TypeSpecificationHandle)member.Parent).Signature
        );
        return signature.ReadSignatureTypeCode() == SignatureTypeCode.GenericTypeInstance
            && signature.ReadByte() == (byte)SignatureTypeKind.ValueType
            && signature.ReadTypeHandle() is { Kind: HandleKind.TypeReference } type
            && metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name)
                is "Memory`1"
                    or "ReadOnlyMemory`1";
    }
}
