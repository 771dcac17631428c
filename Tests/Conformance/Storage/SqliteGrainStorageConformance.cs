using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;
using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Storage;

public sealed class SqliteGrainStorageConformance : GrainStorageConformance, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ServiceProvider _services;

    public SqliteGrainStorageConformance() => _services = new ServiceCollection()
        .AddSerializer()
        .AddSingleton(_ => new SqliteStore(new SqliteStoreOptions { DataDirectory = _folder.Path }))
        .AddSqliteGrainStorage("tenants")
        .AddSqliteGrainStorage("keys")
        .BuildServiceProvider();

    protected override IGrainStorage Storage => _services.GetRequiredKeyedService<IGrainStorage>("tenants");

    private SqliteStore Store => _services.GetRequiredService<SqliteStore>();

    [Fact]
    public async Task Providers_of_other_names_are_independent()
    {
        var grain = GrainId.Create("tenant", "acme");
        await Storage.WriteStateAsync("state", grain, Of("one", null));
        await _services.GetRequiredKeyedService<IGrainStorage>("keys").WriteStateAsync("state", grain, Of("two", null));

        var read = new GrainState<Sample>();
        await Storage.ReadStateAsync("state", grain, read);
        Assert.Equal("one", read.State?.Text);
    }

    [Fact]
    public async Task States_are_there_as_plain_JSON_when_the_store_is_opened_again()
    {
        var grain = GrainId.Create("tenant", "acme");
        var written = Of("kept", null);
        await Storage.WriteStateAsync("state", grain, written);
        Store.Dispose();

        using var again = new SqliteStore(new SqliteStoreOptions { DataDirectory = _folder.Path });
        var stored = await again.ReadAsync(new SqliteQuestion<StoredState?>(database => database.State.Read(new StateKey(grain.ToString(), "tenants/state"))));

        Assert.Equal(written.ETag, stored?.Etag);
        Assert.Equal("""{"Text":"kept","Number":0}""", Encoding.UTF8.GetString(stored!.Data));
    }

    [Fact]
    public async Task Writes_and_clears_of_one_transaction_are_decided_in_order()
    {
        var grain = GrainId.Create("tenant", "acme");
        var first = Of("first", null);
        await Storage.WriteStateAsync("state", grain, first);
        Task[] asked;
        using (await HeldWriter.HoldAsync(Store))
        {
            asked =
            [
                Storage.WriteStateAsync("state", grain, Of("second", first.ETag)),
                Storage.ClearStateAsync("state", grain, Of("", first.ETag)),
                Storage.WriteStateAsync("state", grain, Of("third", first.ETag)),
            ];
        }

        await asked[0];
        await Assert.ThrowsAsync<InconsistentStateException>(() => asked[1]);
        await Assert.ThrowsAsync<InconsistentStateException>(() => asked[2]);
    }

    [Fact]
    public async Task A_store_that_is_closed_is_unavailable()
    {
        Store.Dispose();

        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => Storage.WriteStateAsync("state", GrainId.Create("tenant", "acme"), Of("a", null)));
    }

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    private static GrainState<Sample> Of(string text, string? etag) => new() { State = new Sample { Text = text }, ETag = etag };
}
