using System.Text;
using System.Text.Json;

namespace OrleansGateway.Tests.Unit.Budgets;

public sealed class BudgetWindowTests
{
    [Theory]
    [InlineData("minute", WindowKind.Minute, 0)]
    [InlineData("hour", WindowKind.Hour, 0)]
    [InlineData("day", WindowKind.Day, 0)]
    [InlineData("week", WindowKind.Week, 0)]
    [InlineData("month", WindowKind.Month, 0)]
    [InlineData("total", WindowKind.Total, 0)]
    [InlineData("rolling:1d", WindowKind.Rolling, 1)]
    [InlineData("rolling:30d", WindowKind.Rolling, 30)]
    [InlineData("rolling:366d", WindowKind.Rolling, 366)]
    public void A_window_is_written_as_it_is_read(string text, WindowKind kind, int days)
    {
        Assert.True(BudgetWindow.TryParse(text, out var window));
        Assert.Equal(new BudgetWindow(kind, days), window);
        Assert.Equal($"\"{text}\"", JsonSerializer.Serialize(window));
        Assert.Equal(window, JsonSerializer.Deserialize<BudgetWindow>($"\"{text}\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Month")]
    [InlineData("year")]
    [InlineData("rolling")]
    [InlineData("rolling:")]
    [InlineData("rolling:d")]
    [InlineData("rolling:30")]
    [InlineData("rolling:0d")]
    [InlineData("rolling:030d")]
    [InlineData("rolling:+30d")]
    [InlineData("rolling:-1d")]
    [InlineData("rolling:367d")]
    [InlineData("rolling:99999999999d")]
    [InlineData("rolling:30h")]
    [InlineData("rolling:1.5d")]
    public void Anything_else_is_no_window(string text)
    {
        Assert.False(BudgetWindow.TryParse(text, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<BudgetWindow>(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void A_policy_booked_when_windows_were_words_only_is_still_read()
    {
        const string Booked = """
            {"kind":"policy","policy":{"id":"acme","name":"","status":"active","timeZone":"UTC","limits":{},"budgets":[{"window":"month","limitUsd":500,"mode":"hard","alertAt":[0.5]},
             {"window":"total","limitUsd":1,"mode":"soft","alertAt":[]}],"models":{"allow":[],"fallbacks":{}}},"version":1,"at":"2026-01-01T00:00:00+00:00"}
            """;

        var policy = Assert.IsType<BookEntry.PolicySet>(BookEntry.Parse(new RawEntry(1, Encoding.UTF8.GetBytes(Booked)))).Policy;

        Assert.Equal([BudgetWindow.Month, BudgetWindow.Total], policy.Budgets.Select(b => b.Window));
        Assert.All(policy.Budgets, b => Assert.Null(b.RollOverUsd));
    }
}
