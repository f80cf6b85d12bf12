using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Lace.Tests.Architecture;

/// <summary>What an assembly refers to, read from its metadata without loading it.</summary>
internal sealed class CompiledReferences : IDisposable
{
    private readonly PEReader file;
    private readonly MetadataReader metadata;

    public CompiledReferences(string path)
    {
        file = new PEReader(File.OpenRead(path));
        metadata = file.GetMetadataReader();
    }

    public IEnumerable<string> Assemblies =>
        metadata.AssemblyReferences.Select(handle => Text(metadata.GetAssemblyReference(handle).Name));

    /// <summary>Full names of the types of other assemblies that are used.</summary>
    public IEnumerable<string> Types => metadata.TypeReferences.Select(NameOf);

    /// <summary>As <c>System.DateTime.get_Now</c>.</summary>
    public IEnumerable<string> Members =>
        metadata
            .MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => $"{NameOf((TypeReferenceHandle)member.Parent)}.{Text(member.Name)}");

    public void Dispose() => file.Dispose();

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{Text(type.Namespace)}.{Text(type.Name)}";
    }

    private string Text(StringHandle handle) => metadata.GetString(handle);
}
