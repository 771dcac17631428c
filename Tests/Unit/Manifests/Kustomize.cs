using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>Manifests as they are applied: built by <c>kubectl kustomize</c>, once for all tests.</summary>
internal static partial class Kustomize
{
    private static readonly ConcurrentDictionary<string, Lazy<Manifest>> Built = new(StringComparer.Ordinal);

    public static string[] Overlays => ["local", "production", "combined"];

    /// <summary>All there are, by the folder's name.</summary>
    public static string[] Components =>
        [.. Directory.GetDirectories(Repository.PathOf("k8s", "components")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Those that an overlay has by itself.</summary>
    public static IEnumerable<string> ComponentsOf(string overlay) => File.ReadLines(Repository.PathOf("k8s", "overlays", overlay, "kustomization.yaml"))
        .Select(line => Included().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value);

    /// <summary>An overlay as it is, or with components as its file proposes them.</summary>
    public static Manifest Build(string overlay, params string[] components) =>
        Built.GetOrAdd($"{overlay} with {string.Join(", ", components)}", _ => new Lazy<Manifest>(() => Make(overlay, components))).Value;

    private static Manifest Make(string overlay, string[] components)
    {
        var folder = Repository.PathOf("k8s", "overlays", overlay);
        var @namespace = Manifest.Parse(Run(folder)).Namespace;
        if (components.Length == 0) return Manifest.Parse(Run(folder));

        using var temporary = new TempFolder();
        string Relative(params string[] parts) => Path.GetRelativePath(temporary.Path, Repository.PathOf(["k8s", .. parts]));
        File.WriteAllText(temporary.File("kustomization.yaml"), $"""
            namespace: {@namespace}
            resources: [{Relative("overlays", overlay)}]
            components: [{string.Join(", ", components.Select(component => Relative("components", component)))}]
            """);
        return Manifest.Parse(Run(temporary.Path));
    }

    private static string Run(string folder)
    {
        using var kubectl = Start(folder);
        var error = kubectl.StandardError.ReadToEndAsync();
        var built = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        Assert.True(kubectl.ExitCode == 0, $"kubectl kustomize {folder}: {error.Result}");
        return built;
    }

    private static Process Start(string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("kubectl is not installed; it builds the manifests (1.27 or later).");
            throw;
        }
    }

    [GeneratedRegex(@"^  - \.\./\.\./components/(\S+)")]
    private static partial Regex Included();
}
