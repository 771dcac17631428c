using System.Text.Json.Nodes;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.WebFront.Admin;

public sealed class CatalogApiTests : IAsyncLifetime
{
    private FakeAdminHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await FakeAdminHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("provider", "nosuch")]
    [InlineData("upstreamModel", "gpt-4.1-eu")]
    public async Task A_field_that_shows_the_first_offer_and_is_told_to_be_another_is_refused(string field, string value)
    {
        var (catalog, index) = await ReadAsync();
        catalog["models"]![index]![field] = value;
        var reply = await PutAsync(catalog);
        Assert.Equal((400, $"models[{index}].{field}"), (reply.Status, reply.Faults));
        Assert.Contains($"set offers[0].{field}", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_may_be_written_back_also_with_another_offer()
    {
        var (catalog, _) = await ReadAsync();
        Assert.Equal(200, (await PutAsync(catalog)).Status);

        var (again, index) = await ReadAsync();
        again["models"]![index]!["offers"]![0]!["upstreamModel"] = "gpt-4.1-eu";
        Assert.Equal("gpt-4.1-eu", (string)(await PutAsync(again)).Json["models"]![index]!["upstreamModel"]!);
    }

    [Fact]
    public async Task A_field_that_shows_what_the_first_offer_is_to_be_is_taken()
    {
        var (catalog, index) = await ReadAsync();
        catalog["models"]![index]!["upstreamModel"] = "gpt-4.1-eu";
        catalog["models"]![index]!["offers"]![0]!["upstreamModel"] = "gpt-4.1-eu";
        Assert.Equal(200, (await PutAsync(catalog)).Status);
    }

    private async Task<(JsonObject Catalog, int Index)> ReadAsync()
    {
        var catalog = (await _host.SendAsync("GET", "catalog")).Json.AsObject();
        return (catalog, catalog["models"]!.AsArray().Select(model => (string)model!["id"]!).ToList().IndexOf("gpt-4.1"));
    }

    private Task<FakeAdminReply> PutAsync(JsonObject catalog) => _host.SendAsync("PUT", "catalog", catalog.ToJsonString());
}
