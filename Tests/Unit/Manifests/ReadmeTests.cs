using System.Text.RegularExpressions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Manifests;

/// <summary>The page on Kubernetes speaks of what is there.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("k8s", "README.md"));

    [Fact]
    public void Every_overlay_and_component_is_told_of_and_every_path_it_names_is_there()
    {
        foreach (var name in Kustomize.Overlays.Select(overlay => $"overlays/{overlay}").Concat(Kustomize.Components.Select(component => $"components/{component}")))
            Assert.Contains(name, Page, StringComparison.Ordinal);
        foreach (var path in Named().Matches(Page).Select(match => match.Groups[1].Value.TrimEnd('/')))
            Assert.True(Path.Exists(Repository.PathOf("k8s", path)), $"k8s/{path} is not there");
    }

    [Fact]
    public void The_runtime_it_names_is_the_one_in_the_images() =>
        Assert.Contains(
            $"runtime {Runtime().Match(File.ReadAllText(Repository.PathOf("Tools", "Images", "Image.targets"))).Groups[1].Value} inside",
            Page,
            StringComparison.Ordinal);

    [GeneratedRegex(@"(?<![\w/.-])(?:k8s/)?((?:overlays|components|base|loadtest)/[\w./-]*\w)")]
    private static partial Regex Named();

    [GeneratedRegex("<RuntimeFrameworkVersion>(.*?)</RuntimeFrameworkVersion>")]
    private static partial Regex Runtime();
}
