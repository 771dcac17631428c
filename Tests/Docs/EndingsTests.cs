using System.Reflection;
using System.Text.RegularExpressions;

namespace OrleansGateway.Tests.Docs;

/// <summary>The page on endings names tests; what it says is only worth anything while they are there.</summary>
public sealed partial class EndingsTests
{
    [Fact]
    public void Every_test_that_the_page_on_endings_names_is_there()
    {
        var tests = Assembly.GetExecutingAssembly().GetTypes()
            .SelectMany(type => type
                .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(m => m.GetCustomAttribute<FactAttribute>() is not null)
                .Select(m => $"{type.Name}.{m.Name}"))
            .ToHashSet();

        var named = TestName().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "endings.md"))).Select(m => m.Groups[1].Value).ToList();

        Assert.InRange(named.Count, 30, int.MaxValue);
        Assert.Equal([], named.Except(tests));
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();
}
