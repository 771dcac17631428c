using System.Text.RegularExpressions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Docs;

/// <summary>The page on the architecture leads through the files of one chat request: each is where it says.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void Every_file_on_the_way_of_a_chat_request_is_there()
    {
        var files = FileName().Matches(File.ReadAllText(Repository.PathOf("docs/architecture.md"))).Select(match => match.Groups["path"].Value).ToList();

        Assert.InRange(files.Count, 20, int.MaxValue);
        Assert.All(files, file => Assert.True(File.Exists(Repository.PathOf(file)), file));
    }

    [GeneratedRegex(@"^\| `\w+` \| `(?<path>[^`]+\.cs)` \|", RegexOptions.Multiline)]
    private static partial Regex FileName();
}
