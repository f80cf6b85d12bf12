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

    /// <summary>Namespaces of this assembly's own types that have an <c>async</c> method.</summary>
    public IEnumerable<string> AwaitingNamespaces =>
        metadata
            .MethodDefinitions.Select(metadata.GetMethodDefinition)
            .Where(method => method.GetCustomAttributes().Any(IsAsync))
            .Select(method => NamespaceOf(method.GetDeclaringType()))
            .Distinct();

    public void Dispose() => file.Dispose();

    private bool IsAsync(CustomAttributeHandle handle) =>
        metadata.GetCustomAttribute(handle).Constructor is { Kind: HandleKind.MemberReference } constructor
        && metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent
            is { Kind: HandleKind.TypeReference } type
        && NameOf((TypeReferenceHandle)type).EndsWith("StateMachineAttribute", StringComparison.Ordinal)
        && NameOf((TypeReferenceHandle)type).Contains("Async", StringComparison.Ordinal);

    private string NamespaceOf(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        return type.IsNested ? NamespaceOf(type.GetDeclaringType()) : Text(type.Namespace);
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{Text(type.Namespace)}.{Text(type.Name)}";
    }

    private string Text(StringHandle handle) => metadata.GetString(handle);
}
