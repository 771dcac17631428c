using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Docs;

/// <summary>Log events are looked for by their names: each has one, in one form, of its own, and the pages tell of none that there is not.</summary>
public sealed partial class LogEventTests
{
    // The request log writes its event without a logger.
    private static readonly IReadOnlyList<string?> Names =
    [
        "request",
        .. Assembly.GetExecutingAssembly().GetReferencedAssemblies().Where(name => name.Name!.StartsWith("OrleansGateway.", StringComparison.Ordinal)).Select(Assembly.Load)
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().Select(message => message.EventName),
    ];

    public static TheoryData<string, int> Pages => new() { { "docs/operations.md", 20 }, { "Clustering.Kubernetes/README.md", 6 }, { "k8s/README.md", 1 } };

    [Fact]
    public void Every_event_has_a_name_of_its_own_in_snake_case()
    {
        Assert.InRange(Names.Count, 80, int.MaxValue);
        Assert.All(Names, name => Assert.Matches(Snake(), name));
        Assert.Empty(Names.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    [Theory, MemberData(nameof(Pages))]
    public void Every_event_that_a_page_names_is_there(string path, int least)
    {
        var page = File.ReadAllText(Repository.PathOf(path));
        var named = EventTable().Matches(page).SelectMany(table => FirstCell().Matches(table.Value)).Concat(Sentence().Matches(page)).SelectMany(part => Word().Matches(part.Value))
            .Concat(Aside().Matches(page)).Concat(Prefixed().Matches(page)).Select(word => word.Groups["name"].Value).Distinct().ToList();

        Assert.InRange(named.Count, least, int.MaxValue);
        Assert.Empty(named.Except(Names));
    }

    [GeneratedRegex(@"\A[a-z0-9]+(_[a-z0-9]+)*\z")]
    private static partial Regex Snake();

    // Of tables with this heading, what stands in the first column.
    [GeneratedRegex(@"^\| Log event \|(.*\n\|)*", RegexOptions.Multiline)]
    private static partial Regex EventTable();

    [GeneratedRegex(@"^\|[^|]*", RegexOptions.Multiline)]
    private static partial Regex FirstCell();

    [GeneratedRegex(@"\blog events?:? [^.]*", RegexOptions.IgnoreCase)]
    private static partial Regex Sentence();

    [GeneratedRegex("`(?<name>[a-z0-9]+(_[a-z0-9]+)+)`")]
    private static partial Regex Word();

    // As in: is logged (`cost_drift`).
    [GeneratedRegex(@"\blog(?:s|ged)?\b[^.`]*\(`(?<name>[a-z0-9_]+)`")]
    private static partial Regex Aside();

    [GeneratedRegex("`(?<name>(membership|cluster_tls|redis|rollback|append|postings?|releases?)_[a-z0-9_]+)`")]
    private static partial Regex Prefixed();
}
