using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Images;

/// <summary>The parts of .NET that images leave out are such that the programs cannot want.</summary>
public sealed class LeftOutTests
{
    private static readonly Dictionary<string, string> Files = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .GroupBy(file => Path.GetFileNameWithoutExtension(file)!).ToDictionary(files => files.Key, files => files.First());

    [Fact]
    public void No_assembly_of_the_programs_refers_to_one_that_is_left_out()
    {
        var leftOut = new Regex($@"\A({Pattern("LeftOutOfRuntime")})(\.|\z)", RegexOptions.CultureInvariant);
        var packages = new Regex(
            $@"\A(Microsoft\.)?({Pattern("LeftOutPackages").Replace(@"Microsoft\.Orleans", "Orleans", StringComparison.Ordinal)})\z",
            RegexOptions.CultureInvariant);
        var reached = Reached(packages, "OrleansGateway.Silo", "OrleansGateway.WebFront");

        Assert.Equal([], reached.Where(name => leftOut.IsMatch(name)));
        // It looks through .NET's own assemblies, too, and what is left out is named as they are.
        Assert.Contains("System.Formats.Asn1", reached);
        Assert.Contains("Microsoft.AspNetCore.Mvc.Core", Files.Keys.Where(name => leftOut.IsMatch(name)));
        Assert.Contains("Orleans.Dashboard", Files.Keys.Where(name => packages.IsMatch(name)));
    }

    private static HashSet<string> Reached(Regex packagesLeftOut, params string[] programs)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(programs);
        while (open.TryPop(out var name))
        {
            if (packagesLeftOut.IsMatch(name) || !Files.TryGetValue(name, out var file) || !reached.Add(name)) continue;
            using var image = new PEReader(File.OpenRead(file));
            var metadata = image.GetMetadataReader();
            foreach (var reference in metadata.AssemblyReferences) open.Push(metadata.GetString(metadata.GetAssemblyReference(reference).Name));
        }

        return reached;
    }

    // As the publish reads it: each line takes up the one before.
    private static string Pattern(string property) =>
        XDocument.Load(Repository.PathOf("Tools", "Images", "Image.targets")).Descendants(property)
            .Aggregate("", (before, line) => line.Value.Replace($"$({property})", before, StringComparison.Ordinal));
}
